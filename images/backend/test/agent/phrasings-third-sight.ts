import type { Effect, Fair, Fields, Wish } from "./effects.ts";

/*
 * Written by somebody who had not read the agent, and measured once before it was changed. What is
 * compared is the list afterwards: it may be reached in any way, and one message can have several
 * fair outcomes.
 */

const add = (title: string | RegExp, more: Fields = {}): Effect => ["add", { title, ...more }];
const set = (title: string, fields: Fields): Effect => ["change", title, fields];
const done = (title: string): Effect => set(title, { completed: true });
const open = (title: string): Effect => set(title, { completed: false });
const gone = (title: string): Effect => ["delete", title];
const due = (title: string, when: string | RegExp): Effect => set(title, { due: when });

/** One fair outcome. */
const say = (says: string, ...effects: readonly Effect[]): Wish => ({ says, fair: [{ effects }] });
/** Several fair outcomes. */
const either = (says: string, ...fair: readonly (readonly Effect[] | Fair)[]): Wish => ({
  says,
  fair: fair.map((one) => ("effects" in one ? one : { effects: one })),
});
/** Nothing may change, and the answer says this. */
const nothing = (says: string, reply?: RegExp): Wish => ({
  says,
  fair: [{ effects: [], ...(reply && { reply }) }],
});
const then = (after: string | readonly string[], wish: Wish): Wish => ({
  ...wish,
  after: [after].flat(),
});

const question = /\?|which|what do you|tell me|say /i;
const unable = /can(?:'|’)?t|cannot|unable|not able|don['’]t|didn['’]t|only|without|sorry/i;
const asks: Fair = { effects: [], reply: question };
const refuses: Fair = { effects: [], reply: unable };
/** Asks back or refuses. */
const abstains: Fair = {
  effects: [],
  reply: new RegExp(`${question.source}|${unable.source}`, "i"),
};

const tax = "submit tax forms";
const rent = "pay rent";
const dentist = "call the dentist";
const milk = "buy milk";
const anna = "email Anna";
const bob = "email Bob about the budget";
const report = "write the report";
const plants = "water the plants";
const kitchen = "clean the kitchen";
const invoice = "send invoice";
const openTasks = [tax, rent, dentist, milk, anna, bob, report, plants];
const except = (...titles: readonly string[]) =>
  openTasks.filter((title) => !titles.includes(title));
const weekend = /^2026-03-0[78]/;

export const thirdSight: Readonly<Record<string, readonly Wish[]>> = {
  several: [
    either(
      "add oat milk and bread to the list and tick off the dentist",
      [add("oat milk"), add("bread"), done(dentist)],
      [add("oat milk and bread"), done(dentist)],
    ),
    say(
      "paid the rent, milk is bought too, and please add call the bank tomorrow",
      done(rent),
      done(milk),
      add("call the bank", { due: "2026-03-05" }),
    ),
    either("delete the milk, make the report high priority and move the dentist to Monday", [
      gone(milk),
      set(report, { priority: "high" }),
      due(dentist, "2026-03-09*"),
    ]),
    say(
      "rename email Anna to email Anna Schmidt, then mark it urgent",
      set(anna, { title: "email Anna Schmidt", priority: "high" }),
    ),
    either("add collect parcel for tomorrow and show me tomorrow", {
      effects: [add("collect parcel", { due: "2026-03-05" })],
      reply: /rent/i,
    }),
    say("The taxes are submitted and the plants have been watered.", done(tax), done(plants)),
    either(
      "I need to book the vet for Friday 3pm and order dog food",
      [add("book the vet", { due: "2026-03-06 15:00" }), add("order dog food")],
      [add("book the vet and order dog food", { due: "2026-03-06 15:00" })],
    ),
    either("mark 2 and 4 done and push 3 to next week", [
      done(rent),
      done(milk),
      due(dentist, /^2026-03-(09|13)/),
    ]),
    say(
      "Add: passport photos (high), print boarding pass Thursday, pack bag Thursday evening",
      add("passport photos", { priority: "high" }),
      add("print boarding pass", { due: "2026-03-05" }),
      add("pack bag", { due: "2026-03-05*" }),
    ),
    say(
      "buy milk is done, email anna is done, and remind me to buy stamps",
      done(milk),
      done(anna),
      add("buy stamps"),
    ),
    either("can you tick off the taxes, and what do I still have to do today?", [done(tax)]),
  ],
  headings: [
    either(
      "Shopping:\n- eggs\n- butter\n- 2 lemons",
      [add(/^(buy )?eggs$/i), add(/^(buy )?butter$/i), add(/^(buy )?2 lemons$/i)],
      [add(/^shopping/i, { description: /eggs[^]*butter[^]*lemons/ })],
    ),
    say(
      "Friday:\n* dentist paperwork\n* haircut at 4pm",
      add("dentist paperwork", { due: "2026-03-06" }),
      add("haircut", { due: "2026-03-06 16:00" }),
    ),
    say(
      "To do this weekend: mow the lawn, wash the car, ring mum",
      add("mow the lawn", { due: weekend }),
      add("wash the car", { due: weekend }),
      add("ring mum", { due: weekend }),
    ),
    say(
      "1. renew passport\n2. book ferry tomorrow\n3. cancel gym!!",
      add("renew passport"),
      add("book ferry", { due: "2026-03-05" }),
      add(/^cancel gym!*$/i, { priority: /high|medium/ }),
    ),
    either(
      "[ ] passport\n[x] visa\n[ ] travel insurance",
      [add("passport"), add("visa", { completed: true }), add("travel insurance")],
      [add("passport"), add("visa"), add("travel insurance")],
      [add("passport"), add("travel insurance")],
    ),
    either(
      "Things for the party next Saturday: balloons, cake, candles",
      [
        add("balloons", { due: /^$|^2026-03-(07|14)/ }),
        add("cake", { due: /^$|^2026-03-(07|14)/ }),
        add("candles", { due: /^$|^2026-03-(07|14)/ }),
      ],
      [add(/^things for the party/i, { description: /.*/, due: /.*/ })],
      abstains,
    ),
    say(
      "tomorrow: bins out, physio 8:30, and dinner with Lea at half seven",
      add("bins out", { due: "2026-03-05" }),
      add("physio", { due: "2026-03-05 08:30" }),
      add("dinner with Lea", { due: "2026-03-05 19:30" }),
    ),
    say(
      "• water the cactus\n• feed the fish\n• call granny",
      add("water the cactus"),
      add("feed the fish"),
      add("call granny"),
    ),
    say(
      "add these:\nnew toothbrush\nshampoo\nsun cream",
      add("new toothbrush"),
      add("shampoo"),
      add("sun cream"),
    ),
    either(
      "Meeting notes\n- send minutes to Paul by Friday\n- book room for 12 March",
      [
        add("send minutes to Paul", { due: "2026-03-06" }),
        add(/^book room( for 12 March)?$/i, { due: /^$|^2026-03-12$/ }),
      ],
      [
        add("Meeting notes"),
        add("send minutes to Paul", { due: "2026-03-06" }),
        add(/^book room( for 12 March)?$/i, { due: /^$|^2026-03-12$/ }),
      ],
    ),
  ],
  corrections: [
    then("mark the dentist as done", say("no, the rent", open(dentist), done(rent))),
    then("move the dentist to Thursday", say("make that Monday", due(dentist, "2026-03-09*"))),
    then("delete buy milk", say("bring it back", add(milk))),
    then("mark milk as done", either("not that one", [open(milk)], asks)),
    then("add buy stamps", say("and envelopes too", add(/^(buy )?envelopes$/i))),
    then("add call Peter tomorrow at 9", say("sorry, 10", due("call Peter", "2026-03-05 10:00"))),
    then(
      "add call Peter tomorrow",
      say("I meant Paula", set("call Peter", { title: "call Paula" })),
    ),
    then("set the report to high", say("actually low", set(report, { priority: "low" }))),
    then("mark 4 as done", say("oops, undo", open(milk))),
    then(
      "add lunch with Kim on Friday",
      say("at 12:30 actually", due("lunch with Kim", "2026-03-06 12:30")),
    ),
    then(
      "rename email Anna to email Hannah",
      either("no, Johanna", [set("email Hannah", { title: "email Johanna" })], abstains),
    ),
    then("delete 4", either("wait, I meant 5", [add(milk), gone(anna)], [add(milk)], asks)),
    then(
      "add tennis Saturday at 10",
      say("an hour later please", due("tennis", "2026-03-07 11:00")),
    ),
    then("move the rent to Friday", say("no, leave it where it was", due(rent, "2026-03-05"))),
    then("done with the plants", say("and the milk", done(milk))),
    then("snooze the rent by a week", say("no, just until Friday", due(rent, "2026-03-06"))),
    then(
      ["add call Peter tomorrow", "add buy stamps"],
      either("scratch that", [gone("buy stamps")], asks),
    ),
    then(
      "what's due this week?",
      either("push the second one to Friday", [due(rent, "2026-03-06")]),
    ),
  ],
  typos: [
    say("ad buy chesse", add(/^buy (chesse|cheese)$/i)),
    say("delte the milk", gone(milk)),
    say("mark teh dentst as doen", done(dentist)),
    say(
      "remind me tomorow to pick up the dry cleening",
      add(/^pick up the dry clean|cleening$/i, { due: "2026-03-05" }),
    ),
    nothing("whats leftt for tody"),
    say("postpone teh rent til firday", due(rent, "2026-03-06")),
    say(
      "add dentist appt on wendsday at 3 pm",
      add("dentist appt", { due: /^2026-03-(04|11) 15:00$/ }),
    ),
    say("set reprot priorty to hihg", set(report, { priority: "high" })),
    say("remove emial bob", gone(bob)),
    either("i finshed the tax froms", [done(tax)], asks),
  ],
  quotes: [
    say('add "delete old photos"', add("delete old photos")),
    say(
      'rename "buy milk" to "buy oat milk, 2 litres"',
      set(milk, { title: "buy oat milk, 2 litres" }),
    ),
    either(
      "add “call Mum tomorrow”",
      [add("call Mum tomorrow")],
      [add("call Mum", { due: "2026-03-05" })],
    ),
    say(
      "add 'watch \"The Bear\"' on Sunday",
      add(/^watch ["“]The Bear["”]$/i, { due: "2026-03-08" }),
    ),
    say("mark “email Anna” done", done(anna)),
    say(
      'change the title of "write the report" to write the Q1 report',
      set(report, { title: "write the Q1 report" }),
    ),
    say(
      'note down: read "Clean Code" by next Friday',
      add(/^read ["“]?Clean Code["”]?$/i, { due: /^2026-03-(06|13)$/ }),
    ),
  ],
  postponing: [
    say("push the dentist by two days", due(dentist, "2026-03-08 17:00")),
    say("snooze rent until the weekend", due(rent, weekend)),
    either("snooze the rent", [due(rent, "2026-03-06")], asks),
    say("give me another week for the tax forms", due(tax, /^2026-03-(09|11)/)),
    either("move everything that's overdue to today", [due(tax, "2026-03-04*")], asks),
    say("I'll call the dentist on Monday instead", due(dentist, "2026-03-09*")),
    say("bring the dentist forward an hour", due(dentist, "2026-03-06 16:00")),
    either("postpone the report by three days", [due(report, "2026-03-07")], abstains),
    say("can the rent wait till the 10th?", due(rent, "2026-03-10")),
    say("delay dentist 30 min", due(dentist, "2026-03-06 17:30")),
    say("shift both emails to Tuesday", due(anna, "2026-03-10"), due(bob, "2026-03-10")),
    say("the report has to wait until next month", due(report, "2026-04*")),
  ],
  "taking off": [
    say("take the date off the dentist", due(dentist, "")),
    say("the dentist has no deadline any more", due(dentist, "")),
    say("remove the time from the dentist, keep the day", due(dentist, "2026-03-06")),
    say("the rent isn't urgent any more", set(rent, { priority: /medium|low/ })),
    then(
      "add stretch every day",
      say("stop repeating stretch", set("stretch", { repeat: "", due: /.*/ })),
    ),
    say("no due date for the rent please", due(rent, "")),
    say("clear the priority of pay rent", set(rent, { priority: /medium|low/ })),
  ],
  reopening: [
    either("the kitchen needs cleaning again", [open(kitchen)], asks),
    say("reopen send invoice", open(invoice)),
    say("uncheck clean the kitchen", open(kitchen)),
    say("I didn't send the invoice after all", open(invoice)),
    say("the invoice isn't sent yet", open(invoice)),
    say("put the kitchen back on the list", open(kitchen)),
    either("mark all completed tasks as not done", [open(kitchen), open(invoice)], asks),
  ],
  "all but": [
    either("everything but the dentist is done", except(dentist).map(done), asks),
    either("delete all except the rent and the dentist", asks, [
      ...except(rent, dentist).map(gone),
    ]),
    either(
      "complete everything due this week apart from the dentist",
      [done(rent)],
      [done(rent), done(tax)],
      asks,
    ),
    say("all the emails are done except Bob's", done(anna)),
    either(
      "make everything low priority except the taxes",
      except(tax).map((title) => set(title, { priority: "low" })),
      asks,
    ),
    either("delete all the done ones except the invoice", [gone(kitchen)], asks),
  ],
  times: [
    say(
      "remind me at half past nine tomorrow to call the school",
      add("call the school", { due: "2026-03-05 09:30" }),
    ),
    say("add pick up Max at quarter to four", add("pick up Max", { due: "2026-03-04 15:45" })),
    say("add yoga at half eight on Monday", add("yoga", { due: /^2026-03-09 (08|20):30$/ })),
    say("standup in 20 minutes", add("standup", { due: "2026-03-04 10:50" })),
    say(
      "take the pizza out in half an hour",
      add("take the pizza out", { due: "2026-03-04 11:00" }),
    ),
    say("call back in an hour and a half", add("call back", { due: "2026-03-04 12:00" })),
    say("add cinema tonight at 8", add("cinema", { due: "2026-03-04 20:00" })),
    say("wake-up call 6am Saturday", add("wake-up call", { due: "2026-03-07 06:00" })),
    say("submit expenses by noon on Friday", add("submit expenses", { due: "2026-03-06 12:00" })),
    say(
      "add meeting with HR at 14h30 on Tuesday",
      add("meeting with HR", { due: "2026-03-10 14:30" }),
    ),
    say("lunch with Ben at 1", add("lunch with Ben", { due: "2026-03-04 13:00" })),
    say("taxi at 5 in the morning tomorrow", add("taxi", { due: "2026-03-05 05:00" })),
    say("this afternoon call the plumber", add("call the plumber", { due: "2026-03-04*" })),
    say("pick up tickets today at 5", add("pick up tickets", { due: "2026-03-04 17:00" })),
  ],
  dates: [
    say("renew library card in a fortnight", add("renew library card", { due: "2026-03-18" })),
    say("pay the gardener at the end of the month", add("pay the gardener", { due: "2026-03-31" })),
    say("add file VAT by the end of next month", add("file VAT", { due: "2026-04-30" })),
    say(
      "send thank-you cards a week on Friday",
      add("send thank-you cards", { due: "2026-03-13" }),
    ),
    either(
      "buy chocolate eggs for Easter Sunday",
      [add("buy chocolate eggs", { due: "2026-04-05" })],
      { effects: [add(/^buy chocolate eggs/i)], reply: unable },
      [add("buy chocolate eggs for Easter Sunday")],
      abstains,
    ),
    say("book flights three weeks from tomorrow", add("book flights", { due: "2026-03-26" })),
    say("add car inspection first Monday in April", add("car inspection", { due: "2026-04-06" })),
    either(
      "check the mortgage mid-April",
      [add("check the mortgage", { due: "2026-04-15" })],
      { effects: [add(/^check the mortgage/i)], reply: unable },
      abstains,
    ),
    say(
      "call the landlord the day after tomorrow",
      add("call the landlord", { due: "2026-03-06" }),
    ),
    say("add swim on the 28th", add("swim", { due: "2026-03-28" })),
    either("add blood test on 31 February", abstains, {
      effects: [add(/^blood test/i)],
      reply: /31 Feb|no such|isn['’]t a|didn['’]t|can['’]t|not a/i,
    }),
    say("add concert 12.04.", add("concert", { due: "2026-04-12" })),
    {
      ...say("add visa appointment 5/6", add("visa appointment", { due: "2026-06-05" })),
      isDayFirst: true,
    },
    say("add visa appointment on 5/6", add("visa appointment", { due: "2026-05-06" })),
    say("add pay taxes 2026-04-15", add("pay taxes", { due: "2026-04-15" })),
    say("hand in thesis by Monday at the latest", add("hand in thesis", { due: "2026-03-09" })),
    say(
      "next week tell Jim about the keys",
      add("tell Jim about the keys", { due: /^2026-03-(09|1[0-5])/ }),
    ),
    either(
      "add Christmas shopping before December",
      [add("Christmas shopping", { due: /^2026-(11-30|12-01)$/ })],
      { effects: [add(/^Christmas shopping/i)], reply: unable },
      abstains,
    ),
  ],
  durations: [
    say("run for 30 minutes tomorrow", add("run for 30 minutes", { due: "2026-03-05" })),
    say(
      "add 2 hour deep work block on Thursday morning",
      add("2 hour deep work block", { due: "2026-03-05*" }),
    ),
    either(
      "meeting with Sara from 3 to 4pm tomorrow",
      [add(/^meeting with Sara.*4 ?pm/i, { due: /^2026-03-05/ })],
      {
        effects: [add(/^meeting with Sara$/i, { due: "2026-03-05 15:00", description: /.*/ })],
        reply: /4/,
      },
    ),
    say(
      "practice piano for an hour every day",
      add("practice piano for an hour", { due: /^$|^2026-03-0[45]/, repeat: "FREQ=DAILY" }),
    ),
    say("add boil eggs for 8 minutes", add("boil eggs for 8 minutes")),
  ],
  recurring: [
    say(
      "water the cactus every other Sunday",
      add("water the cactus", { due: "2026-03-08", repeat: "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU" }),
    ),
    say(
      "take vitamins every morning",
      add("take vitamins", { due: /^$|^2026-03-0[45]/, repeat: "FREQ=DAILY" }),
    ),
    say(
      "pay the cleaner on the last Friday of every month",
      add("pay the cleaner", { due: "2026-03-27", repeat: "FREQ=MONTHLY;BYDAY=-1FR" }),
    ),
    either(
      "rent is due on the 1st of each month",
      [set(rent, { due: "2026-04-01", repeat: "FREQ=MONTHLY;BYMONTHDAY=1" })],
      abstains,
    ),
    say(
      "take the bins out every Tuesday night",
      add("take the bins out", { due: /^2026-03-10/, repeat: "FREQ=WEEKLY;BYDAY=TU" }),
    ),
    say(
      "gym Mondays and Thursdays at 7am",
      add("gym", { due: "2026-03-05 07:00", repeat: /^FREQ=WEEKLY;BYDAY=(MO,TH|TH,MO)$/ }),
    ),
    either(
      "change the water filter every 3 months",
      [add("change the water filter", { due: /.*/, repeat: /^FREQ=MONTHLY;INTERVAL=3/ })],
      asks,
    ),
    say(
      "Mum's birthday 9 May every year",
      add("Mum's birthday", { due: "2026-05-09", repeat: /^FREQ=YEARLY/ }),
    ),
    then(
      "add stretch every day",
      say(
        "make stretch weekdays only",
        set("stretch", { due: /.*/, repeat: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" }),
      ),
    ),
    then(
      "add stretch every day",
      say(
        "make it every other day",
        set("stretch", { due: /.*/, repeat: "FREQ=DAILY;INTERVAL=2" }),
      ),
    ),
    then(
      "add stretch every day",
      say("stretch doesn't need to repeat any more", set("stretch", { due: /.*/, repeat: "" })),
    ),
    say("make water the plants weekly", set(plants, { due: /.*/, repeat: /^FREQ=WEEKLY/ })),
    say(
      "repeat the milk every Saturday",
      set(milk, { due: /^$|^2026-03-07/, repeat: "FREQ=WEEKLY;BYDAY=SA" }),
    ),
    either("team call every weekday at 9:15 until June", refuses, {
      effects: [add(/^team call/i, { due: /09:15$/, repeat: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" })],
      reply: /until June/i,
    }),
    either("drink water every two hours", refuses, {
      effects: [add(/^drink water/i)],
      reply: /every two hours|hour/i,
    }),
    then("add stretch every day", nothing("what repeats?", /stretch/i)),
    either(
      "every 1st and 15th transfer the savings",
      refuses,
      { effects: [add(/^transfer the savings/i, { due: /.*/, repeat: /.*/ })], reply: unable },
      [
        add("transfer the savings", { due: "2026-04-01", repeat: "FREQ=MONTHLY;BYMONTHDAY=1" }),
        add("transfer the savings", { due: "2026-03-15", repeat: "FREQ=MONTHLY;BYMONTHDAY=15" }),
      ],
    ),
    then(
      "add journal every evening",
      either("skip the journal today", [due("journal", "2026-03-05*")], abstains),
    ),
  ],
  priorities: [
    say("the dentist is super important", set(dentist, { priority: "high" })),
    say("add buy a fuse, no rush", add("buy a fuse", { priority: /low|medium/ })),
    say("urgent!! call the insurance", add("call the insurance", { priority: "high" })),
    say("bump email Anna to top priority", set(anna, { priority: "high" })),
    say("lower the priority of the rent", set(rent, { priority: /medium|low/ })),
    say("add p1 fix the sink", add("fix the sink", { priority: "high" })),
    either(
      "report: high prio, due Thursday",
      [set(report, { priority: "high", due: "2026-03-05" })],
      asks,
    ),
    either(
      "both emails can wait",
      [set(anna, { priority: "low" }), set(bob, { priority: "low" })],
      abstains,
    ),
    say("add back up laptop !high", add("back up laptop", { priority: "high" })),
    nothing("make the milk medium priority"),
  ],
  renaming: [
    say("rename buy milk to buy soy milk", set(milk, { title: "buy soy milk" })),
    say("the report should be called 'annual report'", set(report, { title: "annual report" })),
    either(
      "change Bob to Robert in the budget email",
      [set(bob, { title: "email Robert about the budget" })],
      abstains,
    ),
    either("milk -> almond milk", [set(milk, { title: /^(buy )?almond milk$/i })], abstains),
    either(
      "call it 'phone the dentist' instead of call the dentist",
      [set(dentist, { title: "phone the dentist" })],
      abstains,
    ),
    either(
      "add a note to the rent: IBAN is in the blue folder",
      [set(rent, { description: "IBAN is in the blue folder" })],
      refuses,
    ),
    either(
      "append 'and bring insurance card' to the dentist",
      [set(dentist, { title: "call the dentist and bring insurance card" })],
      [set(dentist, { description: "and bring insurance card" })],
      abstains,
    ),
  ],
  questions: [
    nothing("what's left today?", /nothing|no open|tax/i),
    nothing("do I have anything due on Friday?", /dentist/i),
    nothing("what is next and why?", /tax[^]*(overdue|late|due|high)/i),
    nothing("how many tasks do I have?", /\b(8|eight)\b/i),
    nothing("when do I have to pay the rent?", /tomorrow|thu|5 mar|mar(ch)? 5/i),
    nothing("did I send the invoice?", /yes|done|completed|sent/i),
    nothing("is the milk done?", /no\b|not|pending|open|isn/i),
    nothing("what did I finish?", /kitchen/i),
    nothing("anything overdue?", /tax/i),
    nothing("what's the most important thing?", /tax|rent/i),
    nothing("do I have anything on Monday?", /nothing|no /i),
    nothing("which tasks have no date?", /milk/i),
    nothing("what have I got on between Thursday and Saturday", /rent[^]*dentist/i),
    nothing("show me everything about email", /Anna[^]*Bob/i),
    nothing("is anything due in April?", /nothing|no /i),
    nothing("how long until the dentist?", /fri|2 days|two days/i),
    nothing("who is Anna?"),
  ],
  "cannot do": [
    nothing("share my list with Tom", unable),
    nothing("create a new list called Holidays", unable),
    nothing("translate my tasks into French", unable),
    nothing("sync with Google Calendar", unable),
    nothing("tag milk with #groceries", unable),
    either("add a subtask to the report: collect figures", refuses, [
      set(report, { description: "collect figures" }),
    ]),
    nothing("undo everything I did yesterday", unable),
    nothing("change my password", unable),
    nothing("sort my list by name", unable),
    nothing("assign the report to Anna", unable),
    nothing("what's the weather tomorrow?", unable),
    nothing("export my tasks as a PDF", unable),
    either("set an alarm for 7am", refuses, {
      effects: [add(/alarm/i, { due: "2026-03-05 07:00" })],
      reply: unable,
    }),
    nothing("merge the two emails into one task", unable),
    nothing("turn on dark mode", unable),
    nothing("notify me an hour before the dentist", unable),
  ],
  languages: [
    nothing("füge Milch kaufen hinzu", /English/i),
    nothing("¿qué tengo que hacer hoy?", /English/i),
    nothing("supprime le lait", /English/i),
    either("Morgen Zahnarzt um 10 Uhr", { effects: [], reply: /English/i }),
    nothing("明天买牛奶", /English/i),
    nothing("lösch die Milch bitte", /English/i),
    nothing("acheter du pain demain", /English/i),
    nothing("Добавь купить хлеб", /English/i),
    nothing("che cosa devo fare oggi?", /English/i),
    say("add Brötchen kaufen", add("Brötchen kaufen")),
    say("add café con Luisa on Friday", add("café con Luisa", { due: "2026-03-06" })),
  ],
  vague: [
    nothing("hm"),
    nothing("thanks"),
    nothing("ok cool"),
    nothing("👍"),
    nothing("why?"),
    nothing("yes"),
    nothing("never mind"),
    nothing("good night"),
    nothing("asdfgh"),
    nothing("milk"),
    nothing("add a task", question),
    nothing("do it"),
    nothing("the usual"),
    nothing("that's all for now"),
  ],
  "tasks like commands": [
    say("Remind Tom to delete the old files", add("Remind Tom to delete the old files")),
    say("add finish the puzzle with Ben", add("finish the puzzle with Ben")),
    say("remind me to mark the exams", add("mark the exams")),
    say("todo: undo the wallpaper in the hall", add("undo the wallpaper in the hall")),
    say("I have to move the boxes to the attic", add("move the boxes to the attic")),
    say("add cancel Netflix", add("cancel Netflix")),
    say("need to list the flat on Airbnb", add("list the flat on Airbnb")),
    say(
      "remember to show Mia the photos on Sunday",
      add("show Mia the photos", { due: "2026-03-08" }),
    ),
    say("add rename the cat's Instagram", add("rename the cat's Instagram")),
    say("add tell Jo everything but the ending", add("tell Jo everything but the ending")),
    either(
      "Ask Sam what is due on Friday",
      [add("Ask Sam what is due on Friday")],
      [add("Ask Sam what is due", { due: "2026-03-06" })],
      asks,
    ),
    either("don't forget the umbrella", [add(/umbrella/i)]),
    say("add change the tyres to winter tyres", add("change the tyres to winter tyres")),
    say("add repeat the blood test", add("repeat the blood test")),
  ],
  "dates in titles": [
    say("Read 1984", add("Read 1984")),
    say("Prepare May budget report", add("Prepare May budget report")),
    say("add watch Friday Night Lights", add("watch Friday Night Lights")),
    say("add buy Sunday newspaper", add("buy Sunday newspaper")),
    say("add book table for 2", add("book table for 2")),
    say("add watch 2001: A Space Odyssey", add("watch 2001: A Space Odyssey")),
    say("review Q3 numbers tomorrow", add("review Q3 numbers", { due: "2026-03-05" })),
    say("add listen to 'Tomorrow Never Knows'", add(/^listen to ['‘]Tomorrow Never Knows['’]$/i)),
    say("add clean up the March photos", add("clean up the March photos")),
    either(
      "buy 3 tickets for the 8 pm show",
      [add("buy 3 tickets for the 8 pm show")],
      [add("buy 3 tickets for the show", { due: "2026-03-04 20:00" })],
    ),
    say("add write essay about 9/11", add("write essay about 9/11")),
    say("add order Mother's Day flowers", add("order Mother's Day flowers")),
    say("read chapters 4-6 by Sunday", add("read chapters 4-6", { due: "2026-03-08" })),
    say("call April at 4", add("call April", { due: "2026-03-04 16:00" })),
    say(
      "add a second coat of paint on the fence",
      add(/^(a )?second coat of paint on the fence$/i),
    ),
    say("add send Monday.com the contract", add("send Monday.com the contract")),
  ],
  negations: [
    nothing("don't delete the milk"),
    nothing("I haven't paid the rent yet"),
    nothing("don't move the dentist"),
    nothing("the report is not done"),
    either("never mind about the milk", [], [gone(milk)]),
    either("no need to email Anna any more", [gone(anna)], asks),
    nothing("please don't add anything"),
    say("not the milk, the plants are done", done(plants)),
    nothing("do not mark the plants as done yet"),
    nothing("I won't make it to the dentist"),
    nothing("I don't want to see the report ever again"),
  ],
  conditions: [
    either(
      "if it rains tomorrow, cancel the garden party",
      [add(/^if it rains( tomorrow)?, cancel the garden party$/i, { due: /^$|^2026-03-05$/ })],
      abstains,
    ),
    either(
      "if Bob hasn't answered by Friday, call him",
      [add(/^if Bob hasn['’]t answered( by Friday)?, call him$/i, { due: /^$|^2026-03-06$/ })],
      [add(/^call (him|Bob) if (he|Bob) hasn['’]t answered$/i, { due: "2026-03-06" })],
      abstains,
    ),
    either(
      "when I get home remind me to feed the cat",
      [add(/^(when I get home,? )?feed the cat( when I get home)?$/i)],
      abstains,
    ),
    nothing("delete the milk if it's done"),
    either("mark the report done unless it's due today", [done(report)], abstains),
    either(
      "once the rent is paid, remind me to email Anna's boss",
      [add(/once the rent is paid/i)],
      abstains,
    ),
    nothing("if I have nothing on Friday, add spa day"),
  ],
  form: [
    either(
      `add ${"write down every single thing that has to be packed for the long trip ".repeat(6)}`,
      abstains,
      { effects: [add(/^write down/i, { description: /.*/ })], reply: /long|characters|200/i },
    ),
    say("🎂 cake for Lena on Saturday", add("🎂 cake for Lena", { due: "2026-03-07" })),
    say("add 🥛🍞", add("🥛🍞")),
    either("✅ milk", [done(milk)], abstains),
    either(
      "buy 🍎 and 🍌 tomorrow",
      [add("buy 🍎 and 🍌", { due: "2026-03-05" })],
      [add("buy 🍎", { due: "2026-03-05" }), add(/^(buy )?🍌$/u, { due: "2026-03-05" })],
    ),
    say("MARK RENT AS DONE!!!!", done(rent)),
    say("add    buy   nails  ", add("buy nails")),
    say("ADD WASH THE CAR TOMORROW", add("wash the car", { due: "2026-03-05" })),
    say(
      "could you possibly, if you don't mind, add returning the library books to my list for Saturday? Thank you so much",
      add(/^return(ing)? the library books$/i, { due: "2026-03-07" }),
    ),
    either(
      "hey so I was thinking I should really get around to booking a hotel for Rome at some point",
      [add(/^book(ing)? a hotel for Rome( at some point)?$/i)],
      abstains,
    ),
    either("add buy milk", [add(milk)], [], asks),
    either(
      "Busy day! I called the dentist, then went shopping and bought the milk, but I didn't get round to the report.",
      [done(dentist), done(milk)],
      abstains,
    ),
  ],
};
