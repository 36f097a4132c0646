import type { Intent } from "../intents.ts";

/** Parses greetings, thanks, yes and no, and requests that are not about tasks. */
export function readTalk(text: string): Intent | undefined {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z\d' ]/g, "")
    .trim()
    .replace(/^(?:(?:no )?wait|oh|ah|hmm|well|sorry) (?=\w)/, "");
  if (
    /^(?:yes|y|yep|yeah|yup|sure|ok|okay|do it|go ahead|confirm|confirmed|of course|please do|yes please|absolutely|definitely|correct|right|sure thing|yes delete (?:it|them)(?: all)?|yes all of them|yes do it|yes go ahead|im sure|i'm sure|yes i'm sure)$/.test(
      plain,
    )
  ) {
    return { kind: "yes" };
  }
  if (
    /^(?:no|n|nope|nah|cancel|stop|never ?mind|forget it|don't|no thanks|no thank you|neither|none|none of (?:them|these|those)|not now|no don't|keep (?:it|them)|leave (?:it|them)|no keep (?:it|them)|abort|no cancel)$/.test(
      plain,
    )
  ) {
    return { kind: "no" };
  }
  if (
    /^(?:please )?(?:don't|do not|dont) (?:delete|remove|mark|move|change|add|complete|finish|rename|touch|reschedule|postpone|cancel|set|clear|undo|drop|tick|archive|close|reopen)\b/.test(
      plain,
    )
  ) {
    return { kind: "kept" };
  }
  if (
    /^(?:undo|undo (?:that|it|this|the last (?:one|change|thing|action))|revert(?: that)?|take that back|oops(?: undo)?(?: that)?|bring (?:it|that) back|restore (?:it|that)|i didn't mean (?:that|to do that))$/.test(
      plain,
    )
  ) {
    return { kind: "undo" };
  }
  if (
    /^(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening)|hi there|hello there|hey there|howdy|greetings)$/.test(
      plain,
    )
  ) {
    return { kind: "greeting" };
  }
  if (
    /^(?:(?:ok |great |cool |perfect |awesome )?(?:thanks|thank you|thx|ty|cheers)(?: (?:a lot|so much|very much|bot|you))*|great|perfect|awesome|nice|cool|good job|well done|you're great|(?:thats|that's) (?:all|it)(?: for (?:now|today))?|good ?night|bye(?: bye)?|see you(?: later)?)$/.test(
      plain,
    )
  ) {
    return { kind: "thanks" };
  }
  if (
    /^(?:help|help me|what can (?:you|i) (?:do|say|ask)(?: here)?|how does this work|how do i use (?:this|you)|who are you|what are you|commands|what do you do|how (?:do|can) i (?:add|create|delete|remove|complete|rename|change|list|edit|finish|see)[a-z ]*|what can you help (?:me )?with)$/.test(
      plain,
    )
  ) {
    return { kind: "help" };
  }
  if (
    /^(?:whats|what's|what is|what|which)(?: the)? (?:date|day)(?: is)?(?: it)?(?: today| now)?$/.test(
      plain,
    )
  )
    return { kind: "today" };
  return undefined;
}

/** Parses what no tool can do; words in quotes, or of a new title, ask for nothing. */
export function readUnsupported(said: string): Intent | undefined {
  const text = said.replaceAll(/"[^"]*"/g, '""');
  if (/^(?:rename|retitle|change .+ to ""$)/i.test(text)) return undefined;
  const withinDay =
    /\b(?:every|each) (?:single )?(?:other )?(?:\d+ |two |three |half )?(?:hours?|minutes?)\b|\bhourly\b/i;
  if (withinDay.test(text) && !/^(?:show|list|what|how|which|do i)\b/i.test(text)) {
    return { kind: "unsupported", what: "repeat" };
  }
  if (/^(?:set|start) (?:me )?(?:an? |the )?(?:alarm|timer|stopwatch)\b(?! clock)/i.test(text)) {
    return { kind: "unsupported", what: "alarm" };
  }
  if (/\bas an? (?:collaborator|member|editor|viewer|guest)$/i.test(text)) {
    return { kind: "unsupported", what: "share" };
  }
  if (/^(?:share|assign|delegate|invite|forward)\b.*\b(?:to|with)\b/i.test(text)) {
    return { kind: "unsupported", what: "share" };
  }
  if (
    /^(?:sort|order|group|filter|arrange)(?: (?:my|the|all))*(?: (?:tasks?|list|todos?|items?|them|it))?(?: by\b.*)?$/i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "sort" };
  }
  if (
    /^(?:tag|label) |^(?:add|create|make|start|open|set up) (?:me )?(?:an? |the |another )?(?:new |second |separate )?(?:sub-?tasks?|tags?|labels?|folder|category|project|list|section)(?=$|[.:!]| (?:to|called|named|on|in)\b|(?<!list) for\b)|^(?:move|put) .* (?:folder|project|category)\b/i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "organize" };
  }
  if (
    /^(?:attach|upload|scan) (?:this|these|my|the|an?) (?:photo|picture|image|file|screenshot|scan|document|pdf)\b/i.test(
      text,
    )
  )
    return { kind: "unsupported", what: "outside" };
  // "Send Anna the email for me": nothing but a deed of the one who is asked.
  if (
    /^(?:book|buy|call|e?-?mail|get|message|order|pay|phone|post|print|ring|send|submit|text|write) .+ for me(?: (?:(?:will|would|can|could) you|please|now|today|tonight|tomorrow|this|next|on|at|by)\b[^,;]*)?$/i.test(
      text,
    )
  )
    return { kind: "unsupported", what: "outside" };
  if (/^undo (?:everything|all|the last (?:\d|two|three|few)|what i)\b/i.test(text)) {
    return { kind: "unsupported", what: "undo" };
  }
  if (
    /^(?:(?:notify|alert|ping|warn|nudge) me|(?:send|give) me an? (?:reminder|notification|alert))\b/i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "alarm" };
  }
  if (
    /^(?:export|import|download|back ?up|translate|synci?|synchroni[sz]e|connect|integrate|merge|combine|split|duplicate|archive) (?:all |both )?(?:of )?(?:(?:my|the|these|those|this) (?:\w+ )?(?:tasks?|lists?|to-?dos?)|it|them|this(?= with\b)|(?:\d+|task .+?) (?:and|with) \d+)\b|\binto (?:one|a single|two|\d) tasks?\b|^(?:synci?|synchroni[sz]e|connect|integrate) (?:with|to) /i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "outside" };
  }
  if (
    /^(?:what(?:'s| is) the (?:time|news|date)|(?:what|how)\b.* the weather\b|tell me (?:a joke|about|a story)|play |sing |translate |who (?:is|was|won)|what is \d|how (?:old|far|tall|much(?!.*\b(?:left|do|still|remains|done|finish(?:ed)?|completed?)\b)|are you)|why |write me |send an? |open |search the web)/i.test(
      text,
    ) &&
    !/\b(?:tasks?|todos?|list)\b/i.test(text)
  ) {
    // "send an invoice to Bob" is a task; only questions and requests to the assistant are refused.
    if (!/^(?:send an? |write me |open |play |translate )/i.test(text))
      return { kind: "unsupported", what: "outside" };
  }
  return undefined;
}
