/** French: how its phrases end, wait, count and listen. */
import { type LanguageWords, phrasesOf, setOf } from './language.ts';

const MOMENT = '(?:instant|moment|seconde|minute)';

export const french: LanguageWords = {
  fillers: setOf('euh heu hum hm hmm mm ben bah'),
  polite: setOf("s'il plaît vous te plait"),
  neverLast: setOf(
    'et ou mais ni car parce que quand lorsque puisque si le la les un une des du de au aux mon ma mes ton ta tes son',
    'sa ses notre nos votre vos leur leurs ce cette cet ces à dans en sur sous pour par chez sans vers très je tu il on',
  ),
  rarelyLast: setOf(
    "avec entre contre depuis est es suis sont était étais c'est c'était j'ai as a ai ont avons avez peux peut pouvez",
    "pourrais pourrait veux veut voudrais dois doit faut vais vas va me te se ne j'aimerais qu'est qui quel quelle comme",
    'nous vous plus pas qu il ils elle elles',
  ),
  whole: [
    /^(?:et )?(?:quoi|pourquoi|comment|où|quand|qui|lequel)$/,
    /\b(?:où|comment|qui|quoi|combien|quel|quelle|quand|pourquoi)\b.*[ -](?:est|es|suis|sont|était|va|vas|peux|veux|dois|il|elle|ils|elles|on|tu|je|nous|vous)$/,
    /\b(?:comment ça|ça|tout|on y|j'y|vas y) (?:va|vas|vais|est|ira)$/,
    /\b(?:pourquoi|ne|n'\S+|sais|veux|peux|ai|suis|est|va|crois|c'est)\b(?: \S+)* pas$|\bpas (?:du tout|encore)$|\bpourquoi pas$/,
    /\b(?:non|rien|ne|n'\S+|de|en|un peu|merci)\b(?: \S+)* plus$/,
    /\b(?:merci|pour|avec|chez|à|aidez|aide|et|chez|appelle|attends|attendez) (?:elle|elles|lui|nous|vous|tous)$/,
    /\b(?:si|comme|quand|ce que|ce qu'il) (?:tu|vous|on|je) (?:veux|voulez|peux|veut)$/,
    /\bje (?:le |la |les |t'en |y )?(?:veux|peux|dois|vais|suis)(?: bien)?$/,
  ],
  open: [
    /^(?:alors|bon|donc|en fait|enfin|du coup)$/,
    /^(?:je crois|je pense|je veux dire|est ce)$/,
    /\best ce (?:que|qu)$/,
  ],
  waits: [
    new RegExp(
      `^(?:attends|attendez|patiente|patientez)(?: (?:un|une|peu|deux|petit|petite|${MOMENT}|secondes|minutes))*$`,
    ),
    new RegExp(`^(?:juste )?(?:un|une) (?:petit |petite )?${MOMENT}(?: s'il (?:te|vous) pla[iî]t)?$`),
    new RegExp(`^(?:donne|donnez|laisse|laissez) moi (?:juste )?(?:un|une) (?:petit |petite )?${MOMENT}$`),
    /^(?:.* )?laisse(?:z)? moi (?:réfléchir|voir|regarder|vérifier)$/,
    /^je réfléchis$/,
  ],
  digits: setOf('zéro un deux trois quatre cinq six sept huit neuf'),
  numbers: setOf('dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante cent'),
  dictated: /\b(?:numéro|code|téléphone|compte|carte|passe)\b.*(?:\best|\bétait|c'est)\b/,
  initials: phrasesOf('t v, u e, d j, p c'),
  backchannels: phrasesOf(
    "m, mm, mhm, hm, mm hm, hum, ah, oh, oui, ouais, mouais, ok, okay, d'accord, je vois, bien sûr, exact, exactement, voilà",
    "ah bon, ah oui, c'est vrai, vrai, très bien, bien, super, génial, tout à fait, je comprends, compris, cool, certes, parfait",
  ),
  stops: phrasesOf(
    'stop, arrête, arrêtez, arrête toi, tais toi, taisez vous, silence, chut, assez, ça suffit',
  ),
};
