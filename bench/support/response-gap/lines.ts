/** What people say and what they are answered: fixed texts, so that clause lengths come from language, not from us. */

export interface Line {
  words: readonly string[];
  /** After how many words a pause follows text that looks complete. */
  closedPause: number;
  /** After how many words a pause follows text that plainly goes on. */
  openPause: number;
  reply: string;
}

/** A slash marks the pause after complete words, a bar the one after open words. */
const SAID = `
can you book a table / for | four people on friday :: Sure, I can do that. What time would you like to come?
turn on the lights / in the | kitchen and the hall :: The lights in the kitchen and the hall are on now.
what is the weather like / in the | north this weekend :: It will be mild and mostly dry, about eighteen degrees. Take a jacket for Sunday evening, as some rain is likely.
i need a train ticket / to the | airport tomorrow morning :: There is a direct train at seven forty that gets there at half past eight. Shall I book a seat for you?
tell me a story / about the | old lighthouse keeper :: Once, on a cold northern coast, there lived a keeper who never let his lamp go out. One winter night it did, and a whale sang the ships home.
play some music / from the | nineties please :: Playing hits from the nineties. Say skip if you do not like a song.
where is my order / from the | book shop :: Your order left the warehouse this morning, so it should reach you by Thursday.
i want to return these shoes / because the | left one is too tight :: I am sorry they do not fit. You can send them back within thirty days, and I will email you a label.
how long does it take / to the | station by bike :: About twelve minutes if you take the river path.
who wrote that song / about the | yellow submarine :: The Beatles did. Paul McCartney wrote most of it in 1966, and Ringo Starr sang it.
set a timer / for the | pasta please :: How many minutes should it run?
remind me to call my mother / when the | meeting is over :: Okay, I will remind you to call your mother after the meeting.
explain how a heat pump works / in a | few short words :: It moves heat instead of making it. A fluid picks up warmth outside, is squeezed until it gets hot, and gives that warmth to your rooms.
i forgot my password / for the | online shop :: No problem, I can send you a link to choose a new one. Which email address did you use?
is the museum open / on a | public holiday :: Yes, but only until four in the afternoon.
give me a recipe / with the | leftover rice :: Fried rice is quick: heat some oil, add an egg, then the rice, peas and a little soy sauce. It takes ten minutes.
my parcel arrived damaged / and the | glass inside is broken :: Oh no, I am sorry to hear that. I can send a new one today or refund you, whichever you prefer.
what should i visit / in the | old town :: Start with the cathedral and the market square. If you have time, climb the tower for the view.
lower the temperature / in the | bedroom by two degrees :: Done. The bedroom is set to nineteen degrees.
can we move the meeting / to the | late afternoon :: Tomorrow afternoon is free from two to four. Would half past two suit you?
what did the wizard say / about the | silver key :: He said it opens a door that only appears at midnight, and that whoever walks through it must leave something behind.
how do i get a refund / for the | concert last week :: If the concert was cancelled, the refund comes by itself within ten days. Otherwise, tell me your ticket number and I will check.
recommend a good film / for a | rainy sunday :: How about Paddington Two? It is warm, funny and not too long.
i would like to change my address / for the | next delivery :: Of course. What is the new address?
did anybody call / while i was | out this morning :: Two people called: your sister, who wants to talk about Saturday, and the dentist, who asked you to confirm.
how many calories are there / in a | slice of pizza :: Roughly two hundred and eighty, depending on the cheese.
read me the news / from the | last two hours :: There are three stories. The rail strike is over, the harbour bridge reopens on Monday, and a local team won the cup.
we lost the map / to the | hidden temple :: Then you must ask the ferryman. He has seen the temple, though he rarely talks about it.
check my balance / on the | savings account :: Your savings account holds one thousand two hundred and six pounds.
why is the sky so red / in the | early evening :: Because sunlight crosses more air when the sun is low, most of the blue is scattered away and the red is left.
add some milk / to the | shopping list :: Milk is on the list. Anything else?
how much does it cost / for a | family of four :: A family ticket costs forty six pounds and is valid all day.
`;

/** Turns that end although their last words look as if they went on. */
const SAID_OPEN = `
find a hotel / but not the | one that we stayed in :: The harbour hotel has rooms from ninety pounds. Would that be all right?
i found a jacket / in the | shop that you told me about :: That sounds lovely. Does it fit?
that is the song / from the | film i was thinking of :: I know the one you mean. Shall I play it?
please find the museum / in the | city my sister comes from :: There are four of them. The biggest one is next to the old harbour.
`;

export const LINES: readonly Line[] = parse(SAID);
export const OPEN_LINES: readonly Line[] = parse(SAID_OPEN);

function parse(text: string): Line[] {
  return text.trim().split('\n').map(parseLine);
}

function parseLine(line: string): Line {
  const [said = '', reply = ''] = line.split(' :: ');
  const marked = said.split(' ');
  const wordsBefore = (mark: string) => marked.slice(0, marked.indexOf(mark)).filter(isWord).length;
  return { words: marked.filter(isWord), closedPause: wordsBefore('/'), openPause: wordsBefore('|'), reply };
}

function isWord(word: string): boolean {
  return word !== '/' && word !== '|';
}
