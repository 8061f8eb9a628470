/** German: how its phrases end, wait, count and listen. */
import { type LanguageWords, phrasesOf, setOf } from './language.ts';

const MOMENT = '(?:moment|augenblick|sekunde|minute)';

export const german: LanguageWords = {
  fillers: setOf('äh ähm öh öhm hm hmm mm tja'),
  polite: setOf('bitte'),
  neverLast: setOf(
    'und oder aber denn sondern weil obwohl dass ob wenn als bevor nachdem damit der die das den dem des ein eine',
    'einen einem einer eines mein meine meinen meinem meiner dein deine deinen ihre ihren unser unsere euer eure kein',
    'keine keinen sehr',
  ),
  rarelyLast: setOf(
    'im in am auf bei für von vom zum zur nach über unter zwischen gegen ohne durch wegen ist sind bin bist war waren',
    'habe hast hat hatte haben kann kannst könnte könntest können muss musst soll sollte will willst wollte möchte',
    'würde wird werden ich er wir was wer welche welcher welches sowie bis seit nicht ganz zu so',
  ),
  whole: [
    // separable verbs end on their prefix: "mach das Licht an", "ruf mich an", "mach die Tür zu"
    /\b(?:mach|mache|machst|schalte?|stelle?|zieh|dreh|ruf|rufe|hör|fang|fängt|nimm|gib|lies|komm|geh|pass|schau|sieh|leg)\b(?: \S+)+ (?:an|aus|zu|auf|ab|ein|vor|nach|durch|mit|um|über|im|in)$/,
    /^(?:was|wer|wo|wie|warum|wann|wieso)$/,
    /\b(?:wie|wo|was|wer|warum|wann)\b.* (?:ist|sind|war|waren|bin|bist|hat|hast|habe|haben|kann|kannst|muss|soll|will|wird)$/,
    /\b(?:wie|wo|wer|was) (?:bin|ist|war|sind|waren) (?:ich|er|wir|das|die|der)$|\b(?:soll|kann|darf|muss) ich das$/,
    /\b(?:was|wie|wo|wer|warum) (?:ist|sind|war|heißt|soll|macht|bedeutet|kostet) das$|\b(?:ich|du|er|sie|wir) (?:mag|will|möchte|weiß|kann) das$/,
    /\b(?:gar|auch|noch|lieber|besser|warum|wieso) nicht$|\b(?:weiß|will|geht|kann|mag|stimmt) (?:ich |das |es )*nicht$/,
    // the verb of a subordinate clause comes last
    /\b(?:dass|weil|ob|wenn)\b(?: \S+){2,} (?:ist|sind|war|hat|habe|haben|kann|kannst|muss|soll|will|wird|würde|möchte)$/,
    /^(?:ja|nein|doch)\b.* (?:ich|das|es|er|sie|wir)$/,
  ],
  open: [
    /\b(?:kannst|könntest|würdest|hast|bist|willst) du$/,
    // the verb of a subordinate clause is still to come
    /\b(?:ob|dass|weil|obwohl|wenn|falls|bevor|nachdem|damit|sobald|solange) (?:ich|du|er|sie|es|wir|ihr|man)$/,
    /^(?:und|also|naja|nun)(?: ja)?$/,
    /^ich (?:glaube|denke|meine|würde)$/,
  ],
  waits: [
    new RegExp(`^(?:nur |noch |bitte )*(?:warte?n?|wart)(?: (?:mal|kurz|bitte|einen|eine|ein|${MOMENT}))*$`),
    new RegExp(`^(?:nur |noch )*(?:einen |eine |ein )?(?:kleinen |kurzen )?${MOMENT}(?: mal)?(?: bitte)?$`),
    /^(?:.* )?lass mich (?:mal |kurz )*(?:überlegen|nachdenken|schauen|sehen|nachsehen)$/,
    /^(?:ich )?(?:muss|überlege) (?:mal |noch |kurz )*(?:überlegen|nachdenken|noch|kurz)$/,
    new RegExp(`^gib mir (?:mal |noch |bitte )*(?:eine|einen) ${MOMENT}$`),
  ],
  digits: setOf('null eins zwei zwo drei vier fünf sechs sieben acht neun'),
  numbers: setOf(
    'zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig hundert',
  ),
  dictated: /(?:nummer|code|pin|postleitzahl|konto|passwort)\b.*\b(?:ist|lautet|war)\b/,
  initials: phrasesOf('t v, e u, d j, p c, o k'),
  backchannels: phrasesOf(
    'm, mm, mhm, hm, mm hm, hmm, aha, ah, oh, ja, jo, jap, jawohl, genau, okay, ok, gut, klar, alles klar, stimmt, verstehe, ich verstehe',
    'ach so, achso, ach ja, richtig, cool, wow, echt, krass, schön, super, na klar, natürlich, sicher, eben, toll, interessant',
  ),
  stops: phrasesOf(
    'stopp, stop, halt, halt an, hör auf, aufhören, sei still, still, ruhe, sei ruhig, ruhig, genug, das reicht, es reicht',
  ),
};
