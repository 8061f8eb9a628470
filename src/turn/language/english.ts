/** English: how its phrases end, wait, count and listen. */
import { type LanguageWords, phrasesOf, setOf } from './language.ts';

const PRONOUN = '(?:i|you|he|she|it|we|they)';
const QUESTION = "(?:what|who|whose|where|which|why|how|when)(?:'s|'re)?";
/** A wh-word; then a pronoun and one verb: what was asked for stands in front, so a preposition may end it. */
const STRANDED = `\\b${QUESTION}\\b.* ${PRONOUN} (?!(?:think|know|say|do|hear|feel|mean|called|get|put|find|have|want|need) )`;
/** An infinitive follows these with "to". */
const INFINITIVE =
  '(?:going|trying|want|wants|need|have|had|planning|supposed|used|allowed|able|hoping|like|got|how)';
const AUXILIARY =
  '(?:is|are|was|were|am|do|does|did|can|could|will|would|should|shall|have|has|had|may|might)';
const MAIN_CLAUSE =
  "(?:then|please|what|how|why|where|who|can you|could you|will you|would you|turn|set|tell|remind|call|let|let's|" +
  'give|send|play|show|stop|open|close|wake|use|try|make|go|ask)';
const SUBJECT = "(?:i|you|he|she|it|we|they|that|there)(?:'\\w+)?";
const NUMBER = '(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|forty|fifty)';
/** What may come before asking for time. */
const LEAD = '(?:just |please |okay |ok |oh |sorry |yeah |well |so |no |wait |hey )*';
const MOMENT = '(?:second|sec|moment|minute|min|bit)';

export const english: LanguageWords = {
  fillers: setOf('um umm uhm uh uhh er erm err hm hmm mm mmm ah eh huh'),
  polite: setOf('please'),
  neverLast: setOf(
    "a an the my your our their its and or but nor because if although unless whether than as every i'm you're we're",
    "they're i'll you'll he'll she'll we'll they'll it'll i'd you'd he'd she'd we'd they'd i've you've we've they've",
    "what's where's who's how's when's there's that's he's she's it's let's here's",
  ),
  rarelyLast: setOf(
    'to in on at by for from with about into onto between through during without against toward towards near behind',
    'until upon via of is are was were am be been being do does did has had have can could will would shall should',
    "may might must cannot can't don't won't wouldn't isn't aren't wasn't weren't doesn't didn't couldn't shouldn't",
    "haven't hasn't not very just quite so such i he she we they who what where which when how whose while before after",
    'since like also even plus minus dot underscore slash double triple his several gonna wanna gotta',
  ),
  whole: [
    /^(?:and |but |so |or )?(?:what|why|how|where|when|who)$/,
    /\b(?:remember|guess|sure|since|forgot|(?<!you )know) (?:what|how|where|when|who)$/,
    // "how are you", "what time is it", "who am I"; "so do I"; "shall we"
    new RegExp(`\\b${QUESTION}(?: [\\w']+){0,3} (?:is|are|was|were|am) (?:${PRONOUN}|there)$`),
    new RegExp(`\\b(?:so|neither|nor) ${AUXILIARY} ${PRONOUN}$`),
    /\bshall we$|\b(?:this|that) is it$/,
    // short answers, and tags: "yes I do", "it is cold, isn't it"
    new RegExp(
      `^(?:yes|yeah|yep|no|nope|sure|of course|okay|ok)\\b.* (?:${PRONOUN}|that|there) ${AUXILIARY}(?:n't|not)?$`,
    ),
    /^(?:yes|yeah|no|nope)\b.* (?:can't|won't|don't)$/,
    new RegExp(`^(?!.*\\b(?:why|what|how|who|where)\\b)(?:[\\w']+ ){2,}[a-z]+n't (?:${PRONOUN}|there)$`),
    // "I don't know where it is"; "as soon as you can"; "what do you need"
    /[\w'] (?:where|what|who|how|which|why)(?: [\w']+){1,5} (?:is|are|was|were|does|did|am)$/,
    new RegExp(`\\w (?:if|as|than) ${PRONOUN} (?:${AUXILIARY}|want|need|like|can't|don't)$`),
    new RegExp(`\\w (?:when|whenever) ${PRONOUN} (?:can|could|want|need)$`),
    new RegExp(
      `^(?!(?:and |so )?what ${PRONOUN} ).*\\b(?:what|whatever|which|who|where|how|anything|everything|all|ones?|things?)` +
        ` (?:[\\w']+ ){0,3}${PRONOUN} (?:would )?(?:want|need|like|set|find|add|put|give|tell|show|bring|send|ask|buy|have|had)$`,
    ),
    /^(?:if|when|whenever) you (?:want|like|insist|can|must)$/,
    /\b(?:what|anything|something|nothing|much)(?: [\w']+)+ do$/,
    new RegExp(`\\b${QUESTION}\\b.* (?:be|been)$`),
    // "where are you from", "what are you waiting for", "the one I was talking about", "what is it like"
    new RegExp(
      `\\b${QUESTION}\\b.* (?:it|this|that|these|those|you|he|she|they|we) (?:for|from|about|with)$`,
    ),
    new RegExp(`${STRANDED}[\\w']+ (?:about|for|from|with|on|at|in|of|by|into|after)$`),
    new RegExp(`${STRANDED}(?!${INFINITIVE} )[\\w']+ to$`),
    /\b(?:the|that|this|a) [\w']+ (?:that |who )?(?:i|you|he|she|we|they)(?:'m|'re| was| were| am| are| have been) (?!going|trying)\w+ing (?:about|for|to|with|at|on)$/,
    /\b(?:what|what's|how|how's|who)\b.* like$/,
    // particles: "turn the light on", "come in", "is he in"
    /\b(?:turn|turned|switch|put|keep|leave|left|have|has)(?: [\w']+){1,5} on$/,
    /^(?:is|are|was|were|isn't|aren't)(?: [\w']+){1,5} (?:on|in)$/,
    /\b(?:come|go|going|move|moving|carry|log|get|sign|let|count|fill|bring|plug|stand|drop)(?: (?:me|him|her|us|them|it|this|that))? (?:in|on|by|through)$/,
    // "I'd love to", "do I have to", "I don't want to"
    /\b(?:love|happy|glad|refuse) to$|\bdo (?:i|we) have to$|n't (?:want|need|have) to$|\bused to$/,
    /\b(?:of course|why|hope|maybe|probably|or|certainly|absolutely|definitely|guess|think|if|afraid) not$/,
    /\b(?:think|hope|guess|believe|suppose|say|said|do|even|or) so$/,
    /\b(?:a|long) while$|\bever since$|\bever after$|\b(?:day|week|month|year|soon|shortly) after$/,
    /\b(?:have|has|had|haven't|never|ever|been|day|night|week|year|'ve)\b.* before$/,
    /\b(?:it's|that's|is|was) his$/,
  ],
  open: [
    /\b(?:can|could|would|will|do|did|does|have|should|are|were)(?:n't)? you$/,
    /\b(?:can|could|would|will|does|is|was|should|may|might)(?:n't)? it$/,
    /^(?!.*\b(?:what|who|how|where|as|if|whatever)\b).*\b(?:want|wants|need|needs|would love|set|give|tell|show|bring|remind|put|send|add|find|ask|buy)$(?<!\b(?:all|is|are|tv|a|the) set)/,
    /^(?!(?:what|who|how|where)\b).*\b(?:tell|give|show|bring|remind|send|get|let|want|need) (?:me|us|him|her|them)$/,
    /\b(?:i|we) (?:want|need) you$/,
    /^(?:[\w']+ )?i (?:think|believe|mean|feel|wish|wonder|suppose)$/,
    /\b(?:wondering|hoping|thinking|trying|saying)$(?<!\b(?:what|who|how|why|where)\b.*)/,
    /(?<!\b(?:do|did|don't|as|if|let|what|how|who|would|should) )\byou know$/,
    /^(?!.*\b(?:who|did|why|how)\b).*\b(?:think|said|says|believe|hope|wish|fact|mean|(?:he|she|they|who) told \w+) that$/,
    /\b(?:problem|point|thing|idea|question|reason) is that$/,
    /\b(?:want|like|need|get|have|buy|order|add) (?:some|any|another)$/,
    /\b(?:the|my|your) (?:nearest|closest|latest|next|whole|entire|main|upcoming)$/,
    /\b(?:a|an|some) (?:new|big|small|nice|good|great|certain|different|quick)$/,
    // no verb yet: "what kind of pizza", "how many people"
    /^(?:what|which) (?:kind|sort|type)s? of [\w']+$/,
    /^(?:what|which|whose|how) (?!else|now|happened|happens|helps|works|changed|come|so|much|long|far|one|ones|way|dare|nice|funny|cool|lovely|sad)[\w']+$/,
    /^how (?:many|much|far|old|big|tall|often) (?!more|longer|away|money|time)[\w']+$/,
    new RegExp(`^(?:and |so |but )?what ${PRONOUN} (?:want|need|mean|would like|really|said)(?: [\\w']+)?$`),
    // a condition without what follows from it
    new RegExp(
      `^(?:and |so |but )?(?:if|although|unless|even though|as soon as|in case|whenever|while|when (?!${AUXILIARY}\\b))` +
        `(?!(?: [\\w']+){2,} ${MAIN_CLAUSE}\\b)(?!.*\\b${SUBJECT}\\b.* ${SUBJECT}\\b)(?: ?[\\w']+){2,9}$`,
    ),
    new RegExp(`\\b(?:timer|alarm|remind|countdown|snooze)\\b.* (?:for|in) ${NUMBER}$|^in ${NUMBER}$`),
    /\b(?:half|quarter) past$/,
    /^(?:or|and|but) maybe$/,
    /\b(?:could|should|would|might|can) (?:maybe|probably|perhaps|also)$/,
    /(?:'d|would) rather$/,
    /^(?:have|did|do) you ever$/,
    /\blet me tell you$/,
    /\bremind \w+ to (?:call|buy|tell|ask|bring|get)$/,
    /\b(?:were|are|was) all$/,
    /^on the other hand$/,
    /^(?:i|you|he|she|it|we|they) said$/,
    /\b(?:and|but|so) then$/,
    /^(?:(?:okay|ok|oh|well|so|actually|basically|anyway|alright|right|now|yeah|yes|no) )*(?:well|so|actually|basically|anyway|now|oh|i mean)$/,
  ],
  waits: [
    new RegExp(
      `^${LEAD}(?:hold|hang) on(?: (?:just )?(?:a|one) ${MOMENT}| for a ${MOMENT}| there)?(?: please)?$`,
    ),
    new RegExp(
      `^${LEAD}(?:can|could|would|will) you (?:please )?(?:hold on|hang on|wait)(?: (?:a|one|for a) ${MOMENT})?$`,
    ),
    new RegExp(`^${LEAD}wait(?: (?:just )?(?:a|one) ${MOMENT})?(?: please)?$`),
    new RegExp(`^${LEAD}(?:a|one) (?:quick )?${MOMENT}(?: please)?$`),
    new RegExp(
      `^(?:.* )?(?:give|gimme)(?: me| us)? (?:just )?(?:a|one|another|some) (?:couple of |few )?(?:${MOMENT}s?|time)(?: please| to think.*)?$`,
    ),
    /^(?:.* )?let me (?:just )?(?:think|see|check|look)(?: (?:about|for|at) (?:it|this|that|a (?:second|moment|minute)))?$/,
    /^(?:.* )?(?:let me look it up|bear with me|hold that thought|i'm (?:still )?thinking|(?:i'm )?not (?:done|finished)(?: yet)?|not yet|i wasn't (?:done|finished))$/,
    new RegExp(
      `^(?:hold on|hang on|wait|one ${MOMENT}|just a ${MOMENT}|wait a ${MOMENT}|hold on a ${MOMENT})` +
        " (?:i need to|i have to|i'm|let me|i gotta|someone|somebody|my) .*$",
    ),
  ],
  digits: setOf('zero oh o one two three four five six seven eight nine'),
  numbers: setOf(
    'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty',
    'seventy eighty ninety hundred thousand',
  ),
  dictated:
    /\b(?:number|code|pin|phone|zip|postcode|account|card|serial|extension|password|address)\b(?! of\b).*(?:\bis|\bwas|it's|'s)\b/,
  initials: phrasesOf('a m, p m, t v, u s, u k, e u, d j, p c, o k, u s a, c e o, a i, v r, f m, h r, i t'),
  backchannels: phrasesOf(
    'm, mm, mhm, mmhm, hm, mm hm, mm hmm, mm mm, mhmm, mmhmm, hmm, uh huh, uhuh, uhhuh, ah, oh, aha, uh, um, yeah, yea, yep, yup, ya, yes',
    'ok, okay, k, kay, alright, all right, right, sure, i see, i know, i get it, got it, gotcha, wow, cool, nice, great, good',
    'sweet, awesome, true, exactly, totally, absolutely, definitely, indeed, really, interesting, makes sense, of course',
    "fair enough, that's right, that's true, go on, for sure, haha, ha, i understand, perfect, sounds good",
  ),
  stops: phrasesOf(
    "stop, stop it, stop that, stop talking, stop now, be quiet, quiet, silence, shut up, shush, hush, enough, that's enough, that is enough",
  ),
};
