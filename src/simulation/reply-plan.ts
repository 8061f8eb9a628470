/** Which clauses come of a model's text, and at which token each is complete: by the very rules that live answers use. */
import { ClauseSplitter } from '../turn/clauses.ts';
import type { Reply } from './draws.ts';

export interface PlannedClause {
  text: string;
  words: number;
  /** Index of the token that completes it. */
  atToken: number;
}

export interface ReplyPlan {
  clauses: readonly PlannedClause[];
  /** Index of the last token that is wanted; -1 when there is none. */
  lastToken: number;
}

const plans = new WeakMap<Reply, ReplyPlan>();

export function planOf(reply: Reply): ReplyPlan {
  const known = plans.get(reply);
  if (known) return known;
  const plan = makePlan(reply);
  plans.set(reply, plan);
  return plan;
}

function makePlan({ tokens }: Reply): ReplyPlan {
  const splitter = new ClauseSplitter();
  const clauses: PlannedClause[] = [];
  const add = (texts: readonly string[], atToken: number) => {
    for (const text of texts) clauses.push({ text, words: text.split(/\s+/).length, atToken });
  };
  for (const [atToken, token] of tokens.entries()) {
    add(splitter.push(token), atToken);
    if (splitter.full) return { clauses, lastToken: atToken };
  }
  add(splitter.end(), tokens.length - 1);
  return { clauses, lastToken: tokens.length - 1 };
}
