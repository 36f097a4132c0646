/** Verbs that start tasks, to distinguish "buy milk and call mom" from "mac and cheese". */
const verbs = new Set(
  (
    "accept add answer apply approve arrange ask assemble attend back bake bathe begin book borrow bring brush build buy " +
    "call cancel change charge check choose clean collect compare complete confirm contact cook copy create cut " +
    "debug deliver deploy design discuss do donate download draft draw drink drive drop dust eat edit email empty exercise " +
    "feed file fill find finish fix fold follow get give go grab groom hand handle hang help hire host install invite iron join jog " +
    "learn leave listen look mail make measure meditate meet mend message mow move nap negotiate open order organise organize " +
    "pack paint park pay phone pick plan plant play polish pick post practice practise prepare present print proofread publish " +
    "purchase push put read rearrange remind ring record recycle refill register renew rent repair replace reply report request research " +
    "reserve respond return review run scan schedule sell send set sew shave ship shop shower sign sketch skype sort speak " +
    "start stop stretch study submit sweep swim sync take talk teach tell test text thank throw tidy train transfer " +
    "translate treat try tune turn upgrade upload vacuum validate verify visit wait wake walk wash watch water wipe work " +
    "wrap write zoom claim chase defrost descale dig fetch hoover load lock mop prune rake revise rinse shovel trim unload " +
    "e-mail unlock unpack unplug weed wish"
  ).split(" "),
);

/** Whether a phrase starts like a task. */
export function beginsWithVerb(text: string): boolean {
  return isTaskVerb(/^[a-z]+(?:-[a-z]+)?(?![\w':])/i.exec(text.trim())?.[0].toLowerCase() ?? "");
}

/** Whether a word in lower case is such a verb. */
export function isTaskVerb(word: string): boolean {
  return verbs.has(word);
}
