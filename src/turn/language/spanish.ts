/** Spanish: how its phrases end, wait, count and listen. */
import { type LanguageWords, phrasesOf, setOf } from './language.ts';

const MOMENT = '(?:momento|momentito|segundo|segundito|minuto|rato)';

export const spanish: LanguageWords = {
  fillers: setOf('eh em mm mmm hm hmm este pues'),
  polite: setOf('favor'),
  neverLast: setOf(
    'y e o u pero ni porque aunque si que cuando mientras el la los las un una unos unas mi mis tu tus su sus nuestro',
    'nuestra de del al a en con para por sin sobre entre desde hasta hacia según muy tan más',
  ),
  rarelyLast: setOf(
    'es son era fue está están estoy estaba soy eres he has ha hemos han puedo puedes puede podría podrías quiero quieres',
    'quisiera tengo debo debe voy vas va me te se lo le les nos yo no como donde quien qué cuál',
  ),
  whole: [
    /^(?:y )?(?:qué|por qué|cómo|dónde|cuándo|quién|cuál)$/,
    /\b(?:qué|cómo|dónde|quién|cuál|cuánto|cuándo)\b.* (?:es|son|era|fue|está|están|estoy|eres|va|vas|voy|puedo|puedes|quieres|debo|tengo|no)$/,
    /\b(?:qué|quién|dónde)\b.* (?:él|ella|mí|la|lo|más)$/,
    /\b(?:creo que|mejor|todavía|aún|claro que|por qué|ahora|también|tampoco) no$|^(?:que )?no$|\bcreo que sí$/,
    /\b(?:ya|así|sí|no) (?:lo |la )?(?:es|está|puedo|quiero|voy|va|tengo|soy)$/,
    /\b(?:no|nada|algo|mucho|un poco|quiero|uno|una) más$/,
    /^(?:ya|que|por) (?:está|va)$|\baquí estoy$|\bya voy$/,
  ],
  open: [/^(?:bueno|entonces|o sea|es que|a ver)$/, /\b(?:creo|pienso|digo|quiero decir)$/],
  waits: [
    new RegExp(`^(?:espera|espere|espérate|aguarda)(?: (?:un|por|favor|poco|${MOMENT}))*$`),
    new RegExp(`^(?:solo )?un ${MOMENT}(?: por favor)?$`),
    new RegExp(`^(?:dame|deme|me das) (?:solo )?un ${MOMENT}$`),
    /^(?:.* )?(?:déjame|deja que) (?:pensar|pensarlo|ver|piense|vea)$/,
    /^estoy pensando$/,
  ],
  digits: setOf('cero uno dos tres cuatro cinco seis siete ocho nueve'),
  numbers: setOf(
    'diez once doce trece catorce quince veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien',
  ),
  dictated: /\b(?:número|código|pin|teléfono|contraseña|cuenta|tarjeta)\b.*\b(?:es|era)\b/,
  initials: phrasesOf('t v, u e, d j, p c'),
  backchannels: phrasesOf(
    'm, mm, mhm, hm, mm hm, ajá, aja, ah, oh, sí, si, ya, vale, claro, claro que sí, ok, okay, bueno, bien, muy bien, entiendo',
    'de acuerdo, exacto, exactamente, cierto, ya veo, qué bien, guau, genial, por supuesto, eso, en serio, perfecto',
  ),
  stops: phrasesOf('para, alto, detente, basta, ya basta, cállate, calla, silencio, stop'),
};
