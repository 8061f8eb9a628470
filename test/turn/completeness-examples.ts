/** English phrases as a recogniser writes them, each labelled by what a patient listener would take it for. */
import type { Completeness } from '../../src/turn/completeness.ts';

const complete = `
what time is it
turn on the light
turn the light on
turn it on
could you help me, please
yes please
yes
no
stop
hello
thank you
good morning everyone
how are you
who are you
where are you from
what is it for
what are you talking about
what is the weather like
what does it look like
where is it
what's up
what's next
who wrote romeo and juliet
what happened
how much is it
how old are you
what do you think
what do you need
why not
I don't know why
I don't know where it is
tell me how old he is
do you know what time it is
yes I do
no I don't
I think so
I hope not
of course not
So do I.
it's cold, isn't it
play some music
set it to twenty
set the volume to 20
wake me up at seven
remind me to call mom tomorrow
set a timer for five minutes
is the light on
is he in
come in
I'd love to
do I have to
I don't want to
That is what it is about.
I have never seen that before
call me when you can
do it as soon as you can
do you want me to turn it off if I leave the house
when I was young I lived in Paris
if it rains tomorrow I will stay home
if you see him tell him I said hello
when does the shop open
I want a pizza with cheese
the capital of France
my name is Ada
I am twenty years old
he has two brothers
dinner for two
my number is five five five one two three four five six seven
let me know
let's go
help me
what should I do
what can you do
where have you been
who is she
who did you talk to
what are you waiting for
I will do it tomorrow
you can do it
I have it
that's it
this is it
is it a boy or a girl
Is it a?
just a few
for a while
in the morning
at nine p m
I live in the u s
what is plan b
did you see the game last night
no way
never mind
the red one
I'd like the first one
how do you spell parley
can you hear me
you know what I mean
thanks a lot
good night
it's fine actually
I don't think so
what else
how come
guess what
how many planets are there
which animal runs the fastest
tell me a joke
turn everything off
I'm fine thanks
it hurts a little
wait for me
wait here
wait what time is it
I can't wait
hold on to the rope
hold on what did you say
how long should I wait
give me the remote
let me see the menu
give me a second chance
Twenty-five degrees is fine.
what is seven times eight
show me the way
that was great
could you turn the heating down a bit
who's there
what did she say
I already told you that
remind me about it tomorrow
skip this song
is there any milk left
where did he go
that sounds good to me
let's do that
what are the opening hours on sunday
can I pay by card
I changed my mind
how long does it take to get there
which one is cheaper
the second one please
not really
nothing
somewhere in the middle
what are you up to
what is it made of
I don't care
make it louder
add eggs to the list
we are five people
tomorrow at noon
open the pod bay doors
can you say that again
what did you do that for
tell him I'm on my way
I am
maybe later
it depends
whatever you want
do whatever you like
I'm not sure what that means
how's it going
who am I talking to
what are my options
that's all
what
so am I
no I can't
yes I won't
if you want
the guy I was talking to
it's his
`;

const incomplete = `
turn on the
turn the volume
I would like to order a pizza and
um
please
so I was thinking,
and then...
I want to
I'd like to
can you
could you please
hey parley can you
what is the
what is
what time is it in
what is the capital of
where is the nearest
what is the weather like in
how far is it to
I was talking to the
because
I went there because
if
if it rains tomorrow
when I was young
if you could help me
my name is
my number is
my number is five five
my number is five five five
the code is 4 7
the code is 4711
my pin is one two
twenty
five
four seven one
it's spelled b e n
p a r l e y
my name is spelled b
set a timer for
set a timer for twenty
remind me to
remind me
could you tell me
can you give me
tell me
I need
I want
I want you to
I think
I think that
I mean
you know
so you know
it's like
and like
I was like
well
so
okay so
okay well
actually
I don't want the
the light in the
we need some
do you have any
could you turn off the light in
let me
let's
I'm
I'm not
it is very
this is just
how many people
what kind of pizza
which train
what time
how about
what about
what if
who is the
is it
was it
are you
do you
did you
would you
would you like
what would
what do you
where did you
how do I
I was wondering
I was wondering if
the thing is
what I want is
what I want
what I'm trying to say is
before we
it was a really nice
I bought a new
on the other hand
in
at
with my
my mother and my
either this or
he said
he said that
one two three
the number is two hundred and
half past
my email is bob at
my email is bob at gmail dot
first of all,
the problem –
I saw him at the uh
play the next song by
turn the lights in the kitchen and the
she is going to
we are trying to
it depends on
I can't
I don't
how do you say
Could you tell me about the.
I would like to know when
can you add milk and
and
but
or maybe
can I get a
I was going to
do you happen to
what's the name of the
we could maybe
my favourite is
the problem is that
it's kind of
add eggs and
send a message to
could you look up the
I'm looking for a
I'm looking for
please remind me to call
the address is twelve
my zip code is nine four one
I'd rather
he told me that
what happens if
when I get home
is there a way to
I have a question about
hey so
um so I was
the one with the
next week on
between nine and
she's been
have you ever
the first thing I
how would you
do you think you could
as far as
I don't remember if
even if
you mean the
at the end of the
let me tell you
they were all
so basically
I want you
and then
so then
`;

const wait = `
hold on
hang on
wait
wait a second
wait a minute please
one moment
one second please
just a moment
just a second
hold on a second
let me think
let me think about it
um let me think
okay let me see
give me a moment
give me a second
can you hold on
can you wait a minute
hmm let me check
wait wait
okay hold on
hold on I need to find my glasses
bear with me
not yet
I'm thinking
hang on a sec
give me one second
just a minute please
hold on let me check something
wait let me think
sorry one moment
uh give me a minute to think
let me see
`;

/** Some of these end as phrases do that are not over; a listener without the rest of the talk can only guess. */
export const ENGLISH: readonly (readonly [string, Completeness])[] = [
  ...labelled(complete, 'complete'),
  ...labelled(incomplete, 'incomplete'),
  ...labelled(wait, 'wait'),
  ['', 'incomplete'],
];

function labelled(lines: string, label: Completeness): [string, Completeness][] {
  return lines
    .trim()
    .split('\n')
    .map((line) => [line, label]);
}
