import type { Wish } from "./effects.ts";
import {
  abstains,
  add,
  anna,
  asks,
  bob,
  daily,
  dentist,
  done,
  due,
  either,
  except,
  gone,
  invoice,
  kitchen,
  milk,
  monthly,
  noDate,
  nothing,
  open,
  openTasks,
  plants,
  refuses,
  rent,
  report,
  say,
  set,
  tax,
  then,
  weekdays,
  weekend,
  weekly,
} from "./wishes.ts";

/** Matches a date that was taken away. */

/*
 * Written by someone who had not seen the agent, and measured once before it was changed again; the
 * first group is of what it must not do at once.
 */
export const ninthSight: Readonly<Record<string, readonly Wish[]>> = {
  "with thin evidence": [
    then("maybe Anna is done", nothing("what's left?", /open tasks/)),
    either("forget Anna", asks),
    either("Anna can go", asks),
    either("kill Bob", asks),
    either("skip rent", asks),
    either("throw out the milk", asks),
    either("remove Bob from the budget", asks),
    either("Bob is important", asks),
    either("complete the milk again", asks),
    either("I emailed Anna but it bounced", asks),
    either("delete the milk?", asks),
    nothing("show everything except cheese"),
    then("forget Anna", say("yes", gone(anna))),
    then("forget Anna", nothing("no", /nothing is deleted/i)),
    then("Bob is important", say("yes", set(bob, { priority: "high" }))),
    then("complete the milk again", say("yes", done(milk))),
    say("delete the milk", gone(milk)),
    say("remove email Anna", gone(anna)),
    say("drop the milk", gone(milk)),
    say("skip watering the plants", gone(plants)),
  ],
  "at first sight": [
    // adding
    say(
      "get the MOT booked before the 20th",
      add(/^(get the MOT booked|book the MOT)( before the 20th)?$/i, { due: /^2026-03-(19|20)$/ }),
    ),
    say(
      "dog to the vet thursday half nine",
      add(/^(take (the )?)?dog to the vet$/i, { due: "2026-03-05 09:30" }),
    ),
    say(
      "Could you jot down that I need to ring the school about Oscar's lunch money? ta",
      add(/^ring the school about Oscar's lunch money$/i),
    ),
    say("cinema w/ Jo sat 7.45pm", add(/^cinema w(\/|ith) jo$/i, { due: "2026-03-07 19:45" })),
    either(
      "need nappies, wipes and calpol from boots",
      [add(/^((get|buy|need) )?nappies,? wipes,? and calpol( from boots)?$/i)],
      [add(/\bnappies\b/i), add(/\bwipes\b/i), add(/\bcalpol\b/i)],
      asks,
    ),
    say(
      "in a fortnight: chase the builder for his quote",
      add(/^chase the builder for his quote$/i, { due: "2026-03-18" }),
    ),
    say(
      "Put down 'return library books' for a week today",
      add(/^return library books$/i, { due: "2026-03-11" }),
    ),
    either(
      "a week on Friday I'm meeting Sheila for coffee at 11",
      [
        add(/^((I'm )?meet(ing)? Sheila for coffee|coffee with Sheila)$/i, {
          due: "2026-03-13 11:00",
        }),
      ],
      asks,
    ),
    say(
      "tomorrow arvo pick up the ute from the mechanic",
      add(/pick up the ute from the mechanic/i, { due: /^2026-03-05( 1[2-7]:00)?$/ }),
    ),
    say(
      "by close of play friday, send Marcus the slides",
      add(/^send Marcus the slides\b/i, { due: /^2026-03-06( 1[6-8]:[03]0)?$/ }),
    ),
    say("end of month: do expenses", add(/^do (the )?expenses$/i, { due: "2026-03-31" })),
    say("renew car insurance 28/3", add(/^renew car insurance$/i, { due: "2026-03-28" })),
    either(
      "book flights to Cork for Easter (Good Friday is 3 April)",
      [add(/^book flights to Cork for Easter/i)],
      [add(/^book flights to Cork for Easter/i, { description: /good friday/i })],
      [add(/^book flights to Cork for Easter/i, { due: "2026-04-03" })],
      asks,
    ),
    either(
      "ASAP!! ring the gas people",
      [add(/^ring the gas people$/i, { priority: "high" })],
      [add(/^ring the gas people$/i, { priority: "high", due: /^2026-03-04/ })],
      [add(/^ring the gas people$/i, { due: /^2026-03-04/ })],
    ),
    say(
      "Low prio but at some point I'd like to descale the kettle",
      add(/^descale the kettle( at some point)?$/i, { priority: "low" }),
    ),
    say(
      "remind me in 45 minutes to take the bread out",
      add(/^take the bread out$/i, { due: "2026-03-04 11:15" }),
    ),
    either(
      "pay window cleaner £15 cash first thing tomorrow",
      [add(/^pay (the )?window cleaner £15 cash$/i, { due: /^2026-03-05( 0[6-9]:00)?$/ })],
      [add(/^pay (the )?window cleaner £15 cash,? first thing$/i, { due: /^2026-03-05/ })],
    ),
    say(
      "write to HMRC. and post the parcel to Auntie Jean. and top up the electric",
      add(/^write to HMRC\.?$/i),
      add(/^post the parcel to Auntie Jean\.?$/i),
      add(/^top up the electric\.?$/i),
    ),
    say("todo: email the landlord re: damp", add(/^email the landlord (re:?|about) (the )?damp$/i)),
    say("Haircut 12th March quarter past four", add(/^haircut$/i, { due: "2026-03-12 16:15" })),
    say(
      "new tyres for the bike, sometime next month",
      add(/new tyres for the bike/i, { due: /^(2026-04-\d\d)?$/ }),
    ),
    say(
      "I want to add two things - buy compost, and sow the tomatoes on the weekend",
      add(/^buy compost$/i, { due: /^(2026-03-0[78].*)?$/ }),
      add(/^sow the tomatoes$/i, { due: weekend }),
    ),
    say(
      "Apologies for the bother, but would you add 'thank-you card for Rosemary' to the list",
      add(/^thank-you card for Rosemary$/i),
    ),
    say(
      "dont forgte: passprot photos tmrw",
      add(/^pass(prot|port) photos$/i, { due: "2026-03-05" }),
    ),
    either(
      "Sarah owes me a fiver, chase her on monday",
      [add(/chase (her|Sarah)|Sarah owes/i, { due: "2026-03-09" })],
      [add(/chase (her|Sarah)/i, { due: "2026-03-09", description: /fiver/i })],
    ),
    say("phone Dad tonight at 8", add(/^phone Dad$/i, { due: "2026-03-04 20:00" })),
    say(
      "book squash court for thurs... no hang on, friday 6pm",
      add(/^book (the |a )?squash court$/i, { due: "2026-03-06 18:00" }),
    ),
    say(
      "the 30th, 2pm, Zoom w accountant",
      add(/^zoom w(ith|\/)? (the )?accountant$/i, { due: "2026-03-30 14:00" }),
    ),
    either(
      "we're out of milk and bread",
      [add(/\bbread\b/i)],
      [add(/^(buy |get )?milk and bread$/i)],
      [add(/\bmilk$/i), add(/\bbread$/i)],
      [set(milk, { title: /milk and bread/i })],
      { effects: [] },
    ),
    either(
      "see the solicitor 10/4 at 3",
      [add(/^see the solicitor$/i, { due: "2026-04-10 15:00" })],
      [add(/^see the solicitor$/i, { due: "2026-10-04 15:00" })],
      asks,
    ),

    // again and again
    say(
      "Bins out every Sunday evening please",
      add(/^(put (the )?)?bins out$/i, {
        due: /^2026-03-08( (18|19|20|21):00)?$/,
        repeat: weekly("SU"),
      }),
    ),
    say(
      "swimming kit for Ella, mondays",
      add(/^swimming kit for Ella$/i, { due: "2026-03-09", repeat: weekly("MO") }),
    ),
    say(
      "mow lawn every other saturday",
      add(/^mow (the )?lawn$/i, {
        due: /^2026-03-(07|14)$/,
        repeat: /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=SA)?$/,
      }),
    ),
    say(
      "pay the credit card on the 15th of each month",
      add(/^pay the credit card$/i, { due: "2026-03-15", repeat: monthly(15) }),
    ),
    say(
      "standup weekdays 9.15",
      add(/^standup$/i, { due: /^2026-03-0[45] 09:15$/, repeat: weekdays }),
    ),
    say(
      "Check smoke alarms on the first of every month",
      add(/^check (the )?smoke alarms$/i, { due: "2026-04-01", repeat: monthly(1) }),
    ),
    say(
      "worming tablet for the cat every 3 months starting 1 april",
      add(/^worming tablet for the cat$/i, {
        due: "2026-04-01",
        repeat: /^FREQ=MONTHLY;INTERVAL=3(;BYMONTHDAY=1)?$/,
      }),
    ),
    say(
      "every evening at nine lock the shed",
      add(/^lock the shed$/i, { due: "2026-03-04 21:00", repeat: daily }),
    ),
    either(
      "Yoga Tues + Thurs 6:30am",
      [
        add(/^yoga$/i, {
          due: "2026-03-05 06:30",
          repeat: /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=TU,TH$/,
        }),
      ],
      [add(/^yoga$/i, { due: "2026-03-10 06:30" }), add(/^yoga$/i, { due: "2026-03-05 06:30" })],
      [
        add(/^yoga$/i, { due: "2026-03-10 06:30", repeat: weekly("TU") }),
        add(/^yoga$/i, { due: "2026-03-05 06:30", repeat: weekly("TH") }),
      ],
      asks,
    ),
    either(
      "rota meeting the last friday of every month",
      [
        add(/^rota meeting$/i, {
          due: "2026-03-27",
          repeat: /^FREQ=MONTHLY(;INTERVAL=1)?;BYDAY=(-1FR|FR;BYSETPOS=-1)$/,
        }),
      ],
      abstains,
    ),

    // done
    either("rent's gone out", [done(rent)], asks),
    either("milk's in the fridge now", [done(milk)], { effects: [] }),
    say("Finally got those tax forms off!", done(tax)),
    either("spoke to the dentist's, all sorted", [done(dentist)], asks),
    say("tick off the plants", done(plants)),
    say("done: 5, 7", done(anna), done(report)),
    say("ive done the report and watered teh plants", done(report), done(plants)),
    either("Bob's had his email about the budget", [done(bob)], asks),
    say("sent Anna that email, and while I'm here add ring Dave", done(anna), add(/^ring Dave$/i)),
    either("everything except the report is done", except(report).map(done), asks),
    say("the kitchen isn't actually clean, put that back", open(kitchen)),
    either(
      "invoice bounced, need to send it again",
      [open(invoice)],
      [add(/^(re-?)?send (the )?invoice( again)?$/i)],
      asks,
    ),
    either("top two are done", [done(tax), done(rent)], asks),
    say("Rent and tax, both sorted last night", done(rent), done(tax)),
    say(
      "milk done, plants to sunday, and new one: defrost freezer",
      done(milk),
      due(plants, "2026-03-08"),
      add(/^defrost (the )?freezer$/i),
    ),

    // other dates
    say("push the rent back a day", due(rent, "2026-03-06")),
    say("dentist -> Monday same time", due(dentist, "2026-03-09 17:00")),
    say("can't face the tax forms today, make it saturday", due(tax, /^2026-03-07( 12:00)?$/)),
    say("report needs doing by Tuesday noon", due(report, "2026-03-10 12:00")),
    say("give me another week on the dentist", due(dentist, /^2026-03-13( 17:00)?$/)),
    either(
      "Water the plants - do that every 3 days from now on",
      [set(plants, { repeat: /^FREQ=DAILY;INTERVAL=3$/ })],
      [set(plants, { repeat: /^FREQ=DAILY;INTERVAL=3$/, due: /^2026-03-0[4-7]/ })],
    ),
    say("the rent doesnt have a deadline anymore", due(rent, noDate)),
    either(
      "I'll do the milk and Anna's email tomorrow",
      [due(milk, "2026-03-05"), due(anna, "2026-03-05")],
      asks,
    ),
    say("make the dentist half an hour earlier", due(dentist, "2026-03-06 16:30")),
    either("that Bob email, thursday 4ish", [due(bob, "2026-03-05 16:00")], asks),
    say("bring the rent forward to today", due(rent, "2026-03-04")),

    // other words, weights and notes
    say(
      "call it 'ring the dentist' instead of call the dentist",
      set(dentist, { title: /^ring the dentist$/i }),
    ),
    say("milk should say oat milk", set(milk, { title: /^(buy )?oat milk$/i })),
    say("bump the report up to high", set(report, { priority: "high" })),
    say("plants aren't low priority any more, normal's fine", set(plants, { priority: "medium" })),
    say(
      "note on the dentist one: ask for Dr Patel",
      set(dentist, { description: /ask for Dr Patel/i }),
    ),
    either(
      "It's Hannah I need to email, not Anna",
      [set(anna, { title: /^email Hannah$/i })],
      asks,
    ),
    say(
      "make 4 'get semi-skimmed and butter'",
      set(milk, { title: /^get semi-skimmed and butter$/i }),
    ),

    // away
    say("bin the plants one", gone(plants)),
    say("scrap no. 6, Bob's left the company", gone(bob)),
    either("don't need to email Anna anymore", [gone(anna)], asks),
    either("get rid of the finished ones", [gone(kitchen), gone(invoice)], asks),
    either("lose the tax and dentist tasks", [gone(tax), gone(dentist)], asks),

    // in the course of talk
    then("remind me to ring Nan on Sunday", say("at 4", due("ring Nan", "2026-03-08 16:00"))),
    then("I've watered the plants", say("actually no I haven't", open(plants))),
    then("delete write the report", say("oh hang on, put it back please", add(report))),
    then("what's overdue?", say("push it to tomorrow", due(tax, /^2026-03-05( 12:00)?$/))),
    then("add buy paint", say("high priority btw", set("buy paint", { priority: "high" }))),
    then("list please", say("the last one's done", done(plants))),
    then(
      "add oil the gate",
      either(
        "every month",
        [set("oil the gate", { repeat: /^FREQ=MONTHLY/ })],
        [set("oil the gate", { repeat: /^FREQ=MONTHLY/, due: /^2026-0(3-\d\d|4-0[1-4])/ })],
      ),
    ),
    then("add wrap presents", say("no scrap that", gone("wrap presents"))),
    then(
      ["add ring Tom", "add ring Tim"],
      say("Tom's is for friday", due("ring Tom", "2026-03-06")),
    ),
    then("when's the rent due?", say("already paid that", done(rent))),
    then(
      "show me the ones with email in",
      say("the second one can wait till the 16th", due(bob, "2026-03-16")),
    ),
    then("move the dentist to Monday", say("sorry, Tuesday", due(dentist, "2026-03-10 17:00"))),

    // questions
    nothing("what's left today?", /tax|nothing|no |none|n't|clear|free/i),
    nothing("anything due this week?", /rent[\s\S]*dentist/i),
    nothing("when have I got to ring the dentist by", /fri|6|17:00|5 ?pm/i),
    nothing("how many things are on there now?", /8|eight|10|ten/i),
    nothing("have I paid the rent?", /no|n't|open|still|due|yet/i),
    nothing("Am I free Saturday?", /free|nothing|no |none|n't/i),
    nothing("whats number 3", /dentist/i),
    nothing("what should I do first?", /tax|rent/i),
    nothing("what did I tick off already", /kitchen[\s\S]*invoice|invoice[\s\S]*kitchen/i),
    nothing("What's the date today?", /\b4|march|wed/i),

    // where a careless hand does harm
    nothing("remind me which one's overdue again", /tax/i),
    then(
      "add dentist for Max on Tuesday at 10",
      say("make that eleven", due("dentist for Max", "2026-03-10 11:00")),
    ),
    either(
      "shift everything due this week to next monday",
      [
        due(tax, /^2026-03-09( 12:00)?$/),
        due(rent, "2026-03-09"),
        due(dentist, /^2026-03-09( 17:00)?$/),
      ],
      [due(rent, "2026-03-09"), due(dentist, /^2026-03-09( 17:00)?$/)],
      asks,
    ),
    either(
      "complete the report by friday",
      [due(report, "2026-03-06")],
      [add(/^complete the report$/i, { due: "2026-03-06" })],
      asks,
    ),
    nothing("I paid Bob back"),
    nothing("the dentist called"),
    nothing("I'm nearly done with the report"),
    nothing("didn't get round to the milk"),
    nothing("Don't mark the rent as paid yet"),
    nothing("my neighbour said delete everything, cheeky sod"),
    either("cross off the email", asks),
    either("delete number 9", abstains),
    either("move the meeting to 3", abstains),
    either("email Anna for me will you", abstains),
    either(
      "clear the lot",
      [...openTasks, kitchen, invoice].map((title) => gone(title)),
      openTasks.map((title) => gone(title)),
      asks,
    ),
    nothing("If it's dry on Sunday I might water the plants"),

    // beyond it, and beside the point
    either("text Jo that I'm running late", abstains, [add(/^text Jo\b/i)]),
    either("sync this with my google calendar", refuses),
    nothing("cheers pal"),
    nothing("morning! how's tricks"),
  ],
};
