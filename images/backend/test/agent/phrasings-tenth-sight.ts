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
  nextWeek,
  noDate,
  nothing,
  open,
  plants,
  refuses,
  rent,
  report,
  say,
  set,
  tax,
  then,
  tonight,
  weekly,
} from "./wishes.ts";

/** Matches a date that was taken away. */

/*
 * Written by someone who had not seen the agent, and measured once before it was changed again.
 */
export const tenthSight: Readonly<Record<string, readonly Wish[]>> = {
  "at first sight": [
    // new ones
    either(
      "Need to grab a gift card for my coworker's baby shower this Saturday.",
      [add(/gift card for my coworker's baby shower/i, { due: "2026-03-07" })],
      [add(/gift card for my coworker's baby shower this saturday/i)],
      [add(/gift card/i, { due: "2026-03-07", description: /baby shower/i })],
    ),
    say("oil change 3/20", add(/^oil change$/i, { due: "2026-03-20" })),
    say("yo add laundry", add(/^(do )?(the )?laundry$/i)),
    say(
      "Good afternoon. I would like that you write for me: to send the documents to the embassy until 25 of March.",
      add(/^(to )?send the documents to the embassy$/i, { due: "2026-03-25" }),
    ),
    either(
      "rsvp to kayla's wedding by next wed",
      [add(/^rsvp to kayla's wedding$/i, { due: "2026-03-11" })],
      asks,
    ),
    say(
      "mail the quarterly estimate by April 15th, it's super important",
      add(/^mail the quarterly estimate$/i, { due: "2026-04-15", priority: "high" }),
    ),
    say("take out chicken 2nite", add(/^take out (the )?chicken$/i, { due: tonight })),
    either(
      "study for bio midterm mon tues and wed",
      [
        add(/^study for (the )?bio midterm/i, { due: "2026-03-09" }),
        add(/^study for (the )?bio midterm/i, { due: "2026-03-10" }),
        add(/^study for (the )?bio midterm/i, { due: /^2026-03-(04|11)$/ }),
      ],
      [
        add(/^study for (the )?bio midterm/i, {
          due: /^2026-03-(04|09)$/,
          repeat: /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=MO,TU,WE$/,
        }),
      ],
      asks,
    ),
    either(
      "shopping: tortillas + salsa + limes",
      [add(/tortillas.*salsa.*limes/i)],
      [add(/shopping/i, { description: /tortillas.*salsa.*limes/i })],
      [add(/tortillas$/i), add(/salsa$/i), add(/limes$/i)],
      asks,
    ),
    either(
      "call insurance (claim #44871) monday morning",
      [add(/^call insurance \(claim #44871\)$/i, { due: /^2026-03-09( (0[6-9]|1[01]):00)?$/ })],
      [
        add(/^call insurance$/i, {
          due: /^2026-03-09( (0[6-9]|1[01]):00)?$/,
          description: /44871/,
        }),
      ],
    ),
    say(
      "in three days i must to renew the parking permit",
      add(/^(to )?renew the parking permit$/i, { due: "2026-03-07" }),
    ),
    say(
      "two weeks from tomorrow: parent teacher conference 4pm",
      add(/^parent[- ]teacher conference$/i, { due: "2026-03-19 16:00" }),
    ),
    say("remind me at noon to call Jeff", add(/^call Jeff$/i, { due: "2026-03-04 12:00" })),
    say(
      "pick up Lucas from practice 5:45",
      add(/^pick up Lucas from practice$/i, { due: "2026-03-04 17:45" }),
    ),
    say(
      "by EOD: send contract to Denise",
      add(/^send (the )?contract to Denise$/i, { due: /^2026-03-04( (1[678]:00|23:59))?$/ }),
    ),
    either(
      "first Monday of April jury duty 8:30am",
      [add(/^jury duty$/i, { due: "2026-04-06 08:30" })],
      asks,
    ),
    say(
      "my number one priority: finish grant application",
      add(/^finish (the )?grant application$/i, { priority: "high" }),
    ),
    say("new task call the vet, no wait, text the vet", add(/^text the vet$/i)),
    either(
      "add buy tickets for Tuesday's game",
      [add(/^buy tickets for Tuesday's game$/i)],
      [add(/^buy tickets for (Tuesday's|the) game$/i, { due: "2026-03-10" })],
    ),
    either(
      "someday when im less busy: learn the ukulele",
      [add(/learn the ukulele/i)],
      [add(/learn the ukulele/i, { priority: "low" })],
      [add(/learn the ukulele/i, { description: /someday|less busy/i })],
    ),
    say(
      "ugh ok fine. put 'break up with gym membership' on there",
      add(/^break up with gym membership$/i),
    ),
    say(
      "in 90 min call back the school nurse",
      add(/^call back the school nurse$/i, { due: "2026-03-04 12:00" }),
    ),
    say(
      "pls put flu shot for the 17th, and a reminder to buy stamps",
      add(/^(get (a |my )?)?flu shot$/i, { due: "2026-03-17" }),
      add(/^buy stamps$/i),
    ),
    say(
      "Ask Priya about parking; ask Joel about catering; both by Friday",
      add(/^ask Priya about parking$/i, { due: "2026-03-06" }),
      add(/^ask Joel about catering$/i, { due: "2026-03-06" }),
    ),
    say(
      "tmrw 830 am conf call w tokyo team",
      add(/^conf(erence)? call w(ith|\/)? (the )?tokyo team$/i, { due: "2026-03-05 08:30" }),
    ),
    either(
      "the landlord wants the inspection form back within ten days",
      [add(/inspection form/i, { due: "2026-03-14" })],
      asks,
    ),
    say(
      "put a note for feb 1 2027 to book a table for valentines",
      add(/^book a table for valentine'?s$/i, { due: "2027-02-01" }),
    ),
    say(
      "Hi! So my sister is visiting the weekend after this one and I should really vacuum the guest room before she gets here, so can you put that for Friday the 13th? :)",
      add(/^vacuum (the )?guest room/i, { due: "2026-03-13" }),
    ),

    // over and over
    either(
      "gym mon wed fri 6am",
      [
        add(/^gym$/i, {
          due: /^2026-03-0[46] 06:00$/,
          repeat: /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=MO,WE,FR$/,
        }),
      ],
      [
        add(/^gym$/i, { due: "2026-03-09 06:00" }),
        add(/^gym$/i, { due: "2026-03-11 06:00" }),
        add(/^gym$/i, { due: "2026-03-06 06:00" }),
      ],
      asks,
    ),
    say(
      "every thursday trash day",
      add(/^trash day$/i, { due: "2026-03-05", repeat: weekly("TH") }),
    ),
    either(
      "feed sourdough starter twice a week",
      [add(/^feed (the )?sourdough starter twice a week$/i)],
      [
        add(/^feed (the )?sourdough starter$/i, {
          due: /^(2026-03-.*)?$/,
          repeat: /^FREQ=WEEKLY;.*BYDAY=..,..$/,
        }),
      ],
      abstains,
    ),
    either(
      "Change the furnace filter every 90 days",
      [
        add(/^change the furnace filter$/i, {
          due: /^(2026-03-0[45]|2026-06-02)?$/,
          repeat: /^FREQ=DAILY;INTERVAL=90$/,
        }),
      ],
      [
        add(/^change the furnace filter$/i, {
          due: /^(2026-03-0[45]|2026-06-0[24])?$/,
          repeat: /^FREQ=MONTHLY;INTERVAL=3/,
        }),
      ],
    ),
    say(
      "send timesheet biweekly on fridays starting next friday",
      add(/^send (my |the )?timesheet$/i, {
        due: /^2026-03-(06|13)$/,
        repeat: /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=FR)?$/,
      }),
    ),
    either(
      "call mom every sunday except this one",
      [add(/^call mom$/i, { due: "2026-03-15", repeat: weekly("SU") })],
      abstains,
    ),
    say(
      "Each year on September 3 I must renew the domain",
      add(/^renew the domain$/i, { due: "2026-09-03", repeat: /^FREQ=YEARLY/ }),
    ),
    say(
      "take vitamins 7am daily",
      add(/^take (my )?vitamins$/i, { due: /^2026-03-0[45] 07:00$/, repeat: daily }),
    ),

    // finished
    say("paid the rent this morning 🎉", done(rent)),
    say("Got the milk!!", done(milk)),
    say("report: finished, submitted, never thinking about it again", done(report)),
    either("#8 check", [done(plants)], asks),
    say("called dentist n emailed anna", done(dentist), done(anna)),
    say("I have already written the email to Bob about the budget.", done(bob)),
    either("tax stuff finally submitted, thank god. also rent", [done(tax), done(rent)], asks),
    say("both emails are sent", done(anna), done(bob)),
    either("everything's done except plants and milk", except(plants, milk).map(done), asks),
    say("mark 1 thru 3 complete", done(tax), done(rent), done(dentist)),
    say("kitchen's a mess again, uncheck it", open(kitchen)),
    // Asking is as good for words that take themselves back.
    either(
      "the plants are watered and so is the milk lol bought i mean",
      [done(plants), done(milk)],
      asks,
    ),
    say("oops the invoice wasnt actually sent, reopen", open(invoice)),
    either("plants: yes. report: no. milk: yes.", [done(plants), done(milk)], asks),

    // new dates
    say("reschedule dentist for next tues 9am", due(dentist, "2026-03-10 09:00")),
    say("Please to move the rent at the last day of the month", due(rent, "2026-03-31")),
    say("tax forms: tomorrow, same hour", due(tax, "2026-03-05 12:00")),
    say("can we do the report sometime next week instead", due(report, nextWeek)),
    say("snooze the dentist 2 days", due(dentist, "2026-03-08 17:00")),
    say("no deadline for dentist pls", due(dentist, noDate)),
    either("buy milk today after work, like 6", [due(milk, "2026-03-04 18:00")], asks),
    either(
      "i'll get to that anna email by tomorrow lunchtime",
      [due(anna, /^2026-03-05( 1[123]:[03]0)?$/)],
      asks,
      { effects: [] },
    ),
    say("rent is due the 6th not the 5th", due(rent, "2026-03-06")),
    // The store, which these tables do without, sets the first date of a rule.
    say("plants should be every sunday", set(plants, { due: "2026-03-08", repeat: weekly("SU") })),
    either(
      "swap rent and dentist dates",
      [due(rent, /^2026-03-06( 17:00)?$/), due(dentist, /^2026-03-05( 17:00)?$/)],
      abstains,
    ),
    either(
      "everything without a date -> friday",
      [milk, anna, bob, report, plants].map((title) => due(title, "2026-03-06")),
      asks,
    ),
    either("move dentist up an hour", [due(dentist, "2026-03-06 16:00")], asks),
    either("report by the 20th, 3 in the afternoon", [due(report, "2026-03-20 15:00")], asks),
    either(
      "move rent to friday, bob email is high now, and toss the plants one",
      [due(rent, "2026-03-06"), set(bob, { priority: "high" }), gone(plants)],
      asks,
    ),
    say(
      "make the report a monthly thing, due on the 1st",
      set(report, { due: "2026-04-01", repeat: monthly(1) }),
    ),

    // wording, weight, notes
    say(
      "change 'write the report' to 'write the Q1 report'",
      set(report, { title: /^write the Q1 report$/i }),
    ),
    say("the one to email anna is top priority now", set(anna, { priority: "high" })),
    either("bob = low", [set(bob, { priority: "low" })], asks),
    say(
      "add a note to rent that says account ending 5512",
      set(rent, { description: /account ending 5512/i }),
    ),
    either(
      "milk -> almond milk, 2 cartons",
      [set(milk, { title: /^(buy )?almond milk,? (x ?)?\(?2 cartons\)?$/i })],
      [set(milk, { title: /^(buy )?almond milk$/i, description: /2 cartons/i })],
      asks,
    ),
    either(
      "nothing is high priority anymore",
      [set(tax, { priority: "medium" }), set(rent, { priority: "medium" })],
      [set(tax, { priority: "low" }), set(rent, { priority: "low" })],
      asks,
    ),
    say("rename task seven to Draft board report", set(report, { title: /^draft board report$/i })),

    // dropped
    either("nvm about the dentist", [gone(dentist)], asks),
    say("remove milk we have plenty", gone(milk)),
    // To delete several tasks is always asked about.
    either("delete 2, 4 and 8", [gone(rent), gone(milk), gone(plants)], asks),
    say("cancel the email to bob pls not anna", gone(bob)),
    either("Please to erase the task of the kitchen", [gone(kitchen)], asks),

    // one after another
    then(
      "add buy concert tickets",
      say(
        "for friday 10am sharp thats when they drop",
        due("buy concert tickets", "2026-03-06 10:00"),
      ),
    ),
    then("whats on my list", say("ok i did the first one", done(tax))),
    then(
      "add wash car",
      say("rename that to wash truck", set("wash car", { title: /^wash truck$/i })),
    ),
    then(
      "delete buy milk",
      either("wait wrong one!! i meant plants", [add(milk), gone(plants)], asks),
    ),
    then(
      "add return shoes tomorrow",
      either(
        "and also the jacket",
        [add(/^(return )?(the )?jacket$/i, { due: /^(2026-03-05)?$/ })],
        [set("return shoes", { title: /^return (the )?shoes and (also )?(the )?jacket$/i })],
        asks,
      ),
    ),
    then(
      "I called the dentist",
      either(
        "they want me to call again friday at 3 tho",
        [set(dentist, { completed: false, due: "2026-03-06 15:00" })],
        [add(/^call (the dentist|them|dentist)( again)?$/i, { due: "2026-03-06 15:00" })],
        asks,
      ),
    ),
    then(
      "add pay phone bill on the 10th",
      say("make it repeat monthly", set("pay phone bill", { repeat: monthly(10) })),
    ),
    then("move the report to monday", say("actually put it back how it was", due(report, noDate))),
    then("delete the email", say("the one for bob", gone(bob))),
    then("what's due tomorrow?", say("move that one to the 12th", due(rent, "2026-03-12"))),
    then("postpone the dentist", say("to monday", due(dentist, "2026-03-09 17:00"))),
    then("show high priority", say("mark both done", done(tax), done(rent))),
    then("add feed cat", nothing("thx")),

    // asking
    nothing("what do i gotta do tmrw", /rent/i),
    nothing("is milk still on there", /yes|milk|still/i),
    nothing("how many did I finish", /2|two/i),
    nothing("whats the deal with the tax thing, is it late?", /tax|yes|overdue|late|march 2/i),
    nothing("Which tasks have no date?", /milk[\s\S]*report/i),
    nothing("whats after rent", /dentist/i),
    nothing("show low prio", /plants/i),
    nothing("who do I have to email", /anna[\s\S]*bob/i),

    // traps
    say(
      "dentist cleaning apr 14 @ 2:15pm",
      add(/^dentist cleaning$/i, { due: "2026-04-14 14:15" }),
    ),
    // A minute before midnight is the end of the day, which a date alone means.
    say("lab report due thurs 11:59pm", add(/^lab report$/i, { due: /^2026-03-05( 23:59)?$/ })),
    say(
      "add: 'Delete old backups' for Friday",
      add(/^delete old backups$/i, { due: "2026-03-06" }),
    ),
    either(
      "get taxes to CPA b4 the end of next month",
      [add(/^get (my |the )?taxes to (the |my )?CPA$/i, { due: /^2026-04-(29|30)$/ })],
      asks,
    ),
    either("remind me on Feb 30 to file the paperwork", abstains),
    nothing("what happens if I delete rent?"),
    nothing("can you even handle recurring stuff?"),
    nothing("bob emailed me about the budget"),
    either("I'm gonna pay rent later today", [due(rent, /^2026-03-04/)], { effects: [] }),
    either("delete the report file from my desktop", refuses, asks),
    nothing("i wish the report was done"),
    either("mark the laundry done", abstains),
    either("done", asks),
    either("tomorrow", asks),
    nothing("nobody has watered the plants"),
    nothing("almost sent the email to anna but chickened out"),
    then("delete the email", nothing("forget it")),
    nothing("did Anna get milk?"),

    // not its business
    either("call an uber to the airport for 6pm", abstains, [
      add(/uber/i, { due: "2026-03-04 18:00" }),
    ]),
    nothing("whats the weather gonna be like"),
    nothing("good nite"),
  ],
};
