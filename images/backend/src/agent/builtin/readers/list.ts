import { findRange, readDateParts, takeDate } from "../dates.ts";
import type { Intent, ListFilter, Reference } from "../intents.ts";
import { allBut, readPriority, readReference, readStatus } from "../references.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Questions about one task. */
export function readShow(text: string, clock: WallClock): Intent | undefined {
  const plain = text.replace(/[?!.]+$/, "");
  const asksForRepeating =
    /^(?:what|which)(?: of)?(?: my)?(?: tasks?| ones?)? (?:repeats?|recurs?|(?:is|are) (?:repeating|recurring))$|^(?:(?:show|list)(?: me)?|what are)(?: all)?(?: my| the)? (?:repeating|recurring) (?:tasks|ones|to-?dos)$/i;
  if (asksForRepeating.test(plain)) return { kind: "which", tasks: "repeating" };
  const asksForUndated =
    /^(?:what|which|show|list)\b.*\b(?:no|without (?:an?|any)|(?:don't|doesn't) have (?:an?|any)|(?:miss(?:es|ing)?|lack(?:s|ing)?|needs?) (?:an?|its|their)) (?:due )?(?:date|deadline)s?$|^(?:show|list)(?: me)?(?: all)?(?: my| the)? undated (?:tasks|ones)$/i;
  if (asksForUndated.test(plain)) return { kind: "which", tasks: "undated" };
  const match =
    /^(?:show|read|open|view|describe)(?: me)? ((?:the )?(?:task |number |item |#)\S+|the \w+ (?:one|task))$/i.exec(
      plain,
    ) ??
    /^(?:what(?:'s| is| was|s)) ((?:the )?(?:task |number |item |#)\d+|the (?:first|second|third|fourth|fifth|sixth|last) (?:one|task|item)|#?\d+)$/i.exec(
      plain,
    ) ??
    /^when(?: do i (?:need|have) to| (?:was|am) i (?:going|supposed|meant) to| should i| must i|'s| is| are| was| were) (.+?)(?: due| scheduled)?$/i.exec(
      plain,
    ) ??
    /^(?:what(?:'s| is)|show(?: me)?) the (?:due date|deadline|priority|description|status|details?|notes?) (?:of|for|on) (.+)$/i.exec(
      plain,
    ) ??
    /^(?:is|are|was|were) (?!.*\b(?:due|what|which)\b.*\bdue\b)(.+?) due\b.*$/i.exec(plain) ??
    /^(?:is|are|was|has|have) (.+?) (?:been )?(?:done|completed?|finished|due|open|pending|still open)(?: yet| already| today| tomorrow)?$/i.exec(
      plain,
    ) ??
    /^(?:(?:give me |show me |tell me )?(?:more )?(?:details?|info|more) (?:of|on|about|for)|tell me about|what did i (?:say|write|note|put)(?: down)? (?:about|for|on)) (.+)$/i.exec(
      plain,
    ) ??
    /^how (?:long|much time|many days)(?: is it| is left| left| do i have(?: left)?)? (?:until|till|to|for|before)(?: i (?:have|need) to)? (.+)$/i.exec(
      plain,
    ) ??
    /^(?:did|have) i (?:already )?(?!got\b|anything\b|any\b|forgotten\b)(\w+ .+?)(?: already| yet)?$/i.exec(
      plain,
    );
  const phrase =
    match?.[1] ?? stillToDo(plain, clock) ?? listed.exec(plain)?.slice(1).find(Boolean);
  if (
    phrase === undefined ||
    /^(?:there|it possible|(?:\w+ )?(?:anything|everything|something)|all|any|my tasks|tasks|next|i|they)\b/i.test(
      phrase,
    )
  ) {
    return undefined;
  }
  return { kind: "show", reference: readReference(phrase, clock) };
}

/** "Is milk on my list?", "is the rent paid?", "show me the report". */
const listed =
  /^(?:is|are|do i have|have i got|did i (?:already )?(?:add|put)) (.+?) (?:already |still )?(?:on|in|to) (?:my|the) (?:to-?do )?list(?: already)?$|^(?:is|are|was|were|has|have) ((?:the |my )?[\w' ]+?) (?:been )?(?:already )?(?:paid|sent|bought|written|called|\w{3,}ed)(?: yet| already)?$|^show (?:me )?((?:the|my) (?!list\b|tasks?\b|rest\b|others?\b|things?\b|todos?\b|urgent|important|open|done|stuff|overdue|plan|agenda|schedule|week|high|low|last|first)[\w']+(?: [\w']+)?)$/i;

/** "Do I still need to email Bob?"; with a date, it asks what is due. */
function stillToDo(plain: string, clock: WallClock): string | undefined {
  const [, task = ""] =
    /^(?:do|must|should) (?:i|we) (?:(?:still|really|also) )*(?:(?:need|have|ought|got) to )?((?!.* (?:or|first|next)\b)\w+ .+)$/i.exec(
      plain,
    ) ?? [];
  return beginsWithVerb(task) && takeDate(task, clock).due === undefined ? task : undefined;
}

/** Questions that want a reason, not only a list. */
const advice =
  /\b(?:what|which|whats|where|any idea what)\b.*\b(?:first|next|begin|start|tackle|focus|prioriti[sz]e|most urgent|most important thing|recommend|suggest|work on)\b/i;

/** Questions about the list, or a part of it. */
export function readList(text: string, clock: WallClock): Intent | undefined {
  if (/^(?:find out\b|look up (?:\S+ ){2,})/i.test(text)) return undefined;
  const said = text.replace(/[?!.]+$/, "").replace(/ again$/i, "");
  const [, plain = "", exception] = allBut.exec(said) ?? [, said];
  const asks =
    /^(?:show|list|display|view|see|print|read|read out|give me|get|pull up|check|open|look at|go (?:over|through))\b.*\b(?:tasks?|todos?|to-dos?|list|items?|everything|all|due|pending|completed|done|finished|left|remaining|overdue|agenda|schedule|plate|overview|summary|ones)\b/i.test(
      plain,
    ) ||
    /^(?:show|list|display|view)(?: me)?(?: all| everything| (?:what|which)\b.+)?$/i.test(plain) ||
    /^(?:show|list|display|view|see) (?:me )?(?:all )?(?:my |the )?(?:stuff|things|work|urgent|important|high|low|medium|today|tomorrow|(?:this |next )?(?:\w+day|week|weekend|month))/i.test(
      plain,
    ) ||
    /^(?:what|whats|which|when|anything|any|is (?:there|any ?thing|everything)|are there|do i|have i|did i|am i|how many|how much|where|tell me (?:what|which|how|about|everything)|remind me what|what's|so what)\b/i.test(
      plain,
    ) ||
    /^(?:my |the |all |all my |current |open |pending |completed |finished |done |remaining |outstanding |overdue |urgent |important |high[- ]priority |low[- ]priority |medium[- ]priority |today'?s |tomorrow'?s |this week'?s )+(?:tasks?|todos?|to-dos?|list|items?|agenda|ones|schedule|stuff)(?: please| (?:for|due) .+)?$/i.test(
      plain,
    ) ||
    ofVerb.test(plain) ||
    afterTask.test(plain) ||
    (text.endsWith("?") &&
      (readDateParts(plain, clock) !== undefined ||
        /^(?:and |this |next )*(?:week|weekend|month)$|^between \S+ and \S+$/i.test(plain))) ||
    /^(?:tasks?|todos?|to-dos?|list|agenda|overdue|ls)(?: (?:for|due) [^:]+| today| tomorrow)?(?: please)?$/i.test(
      plain,
    ) ||
    /^(?:find|search|search for|look for|look up)\b/i.test(plain);
  if (!asks) return undefined;

  const search = readSearch(plain);
  if (/^(?:find|look for|look up)\b/i.test(plain) && search === undefined) return undefined;
  const aboutTasks =
    search !== undefined ||
    afterTask.test(plain) ||
    findRange(plain, clock) !== undefined ||
    /\b(?:tasks?|todos?|to-dos?|list|items?|left|remaining|pending|open|outstanding|due|overdue|done|do|doing|tackle|start|begin|prioriti[sz]e|recommend|suggest|first|plate|completed?|finished?|finish|(?:tick|check|cross)(?:ed)? off|next|agenda|plate|planned|plan|schedule|scheduled|need|priority|urgent|important|everything|all|have|going on|coming up|upcoming|focus|work on|stuff|things|overview|summary|accomplished?|show|forgotten|forget)\b/i.test(
      plain,
    );
  if (!aboutTasks) return undefined;
  return {
    kind: "list",
    filter: readListFilter(plain, clock, search),
    answer: /^(?:how many|do i have any|have i got any|count)\b/i.test(plain)
      ? "count"
      : advice.test(plain)
        ? "advice"
        : "tasks",
    ...(exception !== undefined && { except: exceptionOf(exception, clock) }),
  };
}

/** To show too little is no harm, so "but the emails" leaves out all of them. */
function exceptionOf(words: string, clock: WallClock): Reference {
  const except = readReference(words, clock);
  return except.kind === "words" ? { ...except, many: true } : except;
}

function readListFilter(plain: string, clock: WallClock, search: string | undefined): ListFilter {
  const range = findRange(search === undefined ? plain : plain.replace(search, ""), clock);
  const everything = /\b(?:all|everything|every)\b/i.test(plain);
  // "What do I have to do", "what's next": pending tasks.
  const open =
    /\b(?:left|remaining|next|to do|todo today|need to|have to|should i|must i|on my plate|still|upcoming|coming up|going on|do i have|have i got|got to|focus|work on|planned|forget|forgotten|doing|tackle|most urgent|start with|begin with|do first|start|begin)\b/i.test(
      plain,
    ) ||
    (/^(?:what's|whats|what is) (?:on )?(?:for )?(?:my |the )?(?:today|tomorrow|agenda|plan|schedule|plate)?/i.test(
      plain,
    ) &&
      !/\blist\b/i.test(plain));
  const done =
    /\b(?:completed?|finished?|done|accomplished?|did i|have i done|i've done|tick(?:ed)? off|check(?:ed)? off|cross(?:ed)? off)\b/i.test(
      plain,
    ) &&
    !/\bnot (?:yet )?(?:done|finished|completed?)\b|\bhaven't\b|\bto be done\b|\bneeds? to (?:be|get) done\b|(?<!did i )\bget done\b|\bundone\b|\bunfinished\b|\bincomplete\b|\bforget\b/i.test(
      plain,
    );
  const named = done
    ? "completed"
    : readStatus(plain.replaceAll(/\b(?:get|be|getting) done\b/gi, "to do"));
  if (/^(?:am i|are we) (?:all )?done\b|^is everything done\b/i.test(plain)) {
    return { status: "pending", ...range };
  }
  const status = named ?? (range !== undefined || (open && !everything) ? "pending" : "all");
  return { status, search, priority: readPriority(plain), ...range };
}

/** "What's after the rent?" is seen in the list. */
const afterTask = /^what(?:'s| is| comes) (?:after|before) (?:the |my )?\w+$/i;

/** "What do I need to buy?", "who do I have to call?" */
const ofVerb =
  /^(?:what|who|whom|which \w+) (?:(?:all )?do i|must i|should i)(?: still)? (?:(?:have|need) to )?(buy|call|email|write|pay|send|clean|water|read|order|book|get|fix|wash|phone|ring|submit)$/i;

/** "Which emails do I have to write?" */
const ofKind =
  /^(?:what|which|how many|do i have any|are there any|any) (?!(?:tasks?|items?|things?|todos?|ones?|days?|weeks?|months?|others?|more|urgent|important|overdue|open|high|low)\b)(\w{3,}s)(?: (?:do|must|should|have|are|need|left|still)\b|$)/i;

/** The search words: "about the dentist", "with milk", "find milk". */
function readSearch(plain: string): string | undefined {
  const match =
    /\b(?:tasks?|items?|todos?|to-dos?|anything|something|ones?|everything)\b.*?\b(?:about|with|containing|mentioning|related to|regarding|that mention|matching|named|called|involving) (?!high|low|medium|a due|no due|priority)(.+)$/i.exec(
      plain,
    ) ??
    /^(?:find|search for|search|look for|look up)(?: me)?(?: all| the| my)*(?: tasks?| items?| todos?)*(?: about| with| for| containing)? (.+)$/i.exec(
      plain,
    );
  const [, kind] = ofKind.exec(plain) ?? [];
  const found = (match?.[1] ?? kind ?? ofVerb.exec(plain)?.[1])
    ?.replace(/^(?:the |my |a |an )/i, "")
    .replace(/ in(?: it| them)?$/i, "")
    .replace(/ (?:tasks?|items?|in my (?:list|tasks)|on my list|in my list)$/i, "")
    .replace(/^["'](.+)["']$/, "$1");
  return found && !/^(?:tasks?|items?|overdue|pending|completed|all|everything)$/i.test(found)
    ? found
    : undefined;
}
