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
  nextWeek,
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
  tonight,
  weekend,
  weekly,
} from "./wishes.ts";

/*
 * Written by someone who had not seen the agent: the first group was there while its gates were made,
 * the others were measured once before the agent was changed again.
 */

const missing = /no |not |n't|none|find|nothing|\?/i;

export const eighthSight: Readonly<Record<string, readonly Wish[]>> = {
  "while it was changed": [
    // adding
    say(
      "pick up the dry cleaning tomorrow",
      add("pick up the dry cleaning", { due: "2026-03-05" }),
    ),
    say(
      "Remind me to call grandma on Sunday at 3pm",
      add("call grandma", { due: "2026-03-08 15:00" }),
    ),
    say("bio homework due friday", add(/^bio homework$/i, { due: "2026-03-06" })),
    say(
      "hi could you please put buying a birthday card for Ingrid on my list, thank you dear",
      add(/^buy(ing)? a birthday card for Ingrid$/i),
    ),
    say(
      "i have to bring the car to the garage on monday morning at 8",
      add("bring the car to the garage", { due: "2026-03-09 08:00" }),
    ),
    either(
      "eggs flour sugar",
      [add(/^eggs,? flour,? (and )?sugar$/i)],
      [add(/^(buy )?eggs$/i), add(/^(buy )?flour$/i), add(/^(buy )?sugar$/i)],
      abstains,
    ),
    say(
      "Team meeting every Monday at 9:30",
      add(/^team meeting$/i, { due: "2026-03-09 09:30", repeat: weekly("MO") }),
    ),
    say(
      "take the pills every day at 8 in the morning",
      add("take the pills", { due: /^2026-03-0[45] 08:00$/, repeat: daily }),
    ),
    say(
      "new task: renew passport, high priority, before end of the month",
      add("renew passport", { due: "2026-03-31", priority: "high" }),
    ),
    either(
      "need to study for the stats exam its on the 19th",
      [add(/^study for the stats exam/i, { due: "2026-03-19" })],
      [add("study for the stats exam", { due: "2026-03-19", description: /19th/ })],
      [add(/^study for the stats exam/i, { due: "2026-03-18" })],
    ),
    either(
      "buy train tickets to Hamburg asap",
      [add("buy train tickets to Hamburg", { priority: "high" })],
      [add("buy train tickets to Hamburg", { priority: "high", due: /^2026-03-04/ })],
      [add("buy train tickets to Hamburg", { due: /^2026-03-04/ })],
    ),
    either(
      "Please add: call Mr. Schneider (0171 5550123) tomorrow 14h",
      [add("call Mr. Schneider (0171 5550123)", { due: "2026-03-05 14:00" })],
      [add("call Mr. Schneider", { due: "2026-03-05 14:00", description: /0171 5550123/ })],
    ),
    say(
      "add wash the dog, trim the hedge and fix the gate",
      add("wash the dog"),
      add("trim the hedge"),
      add("fix the gate"),
    ),
    say(
      "tommorow i must to go to the post office",
      add(/^go to the post office$/i, { due: "2026-03-05" }),
    ),
    say("lunch w/ sara fri 12.30", add(/^lunch w(\/|ith) sara$/i, { due: "2026-03-06 12:30" })),
    say('add "Read 1984" to my list', add(/^read 1984$/i)),
    either(
      "Watch Friday the 13th on saturday night",
      [add(/^watch Friday the 13th$/i, { due: /^2026-03-07( (18|19|20|21):00)?$/ })],
      asks,
    ),
    either(
      "don't let me forget the library books, they have to be back by the 12th",
      [add(/library books/i, { due: "2026-03-12" })],
      [add(/library books/i, { due: "2026-03-12", description: /back/ })],
    ),
    say("water bill 48,90 pay until 15.03.", add(/water bill/i, { due: "2026-03-15" })),
    say(
      "dentist appointment for Leo march 17 3:15 pm",
      add(/^dentist appointment for Leo$/i, { due: "2026-03-17 15:15" }),
    ),
    say(
      "reminder for me take the chicken out of the freezer in two hours",
      add("take the chicken out of the freezer", { due: "2026-03-04 12:30" }),
    ),
    say("order new contact lenses next week", add("order new contact lenses", { due: nextWeek })),
    either(
      "put gym on tuesdays and thursdays at 7pm",
      [
        add(/^(go to (the )?)?gym$/i, {
          due: "2026-03-05 19:00",
          repeat: /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=TU,TH$/,
        }),
      ],
      [
        add(/gym/i, { due: "2026-03-10 19:00", repeat: weekly("TU") }),
        add(/gym/i, { due: "2026-03-05 19:00", repeat: weekly("TH") }),
      ],
    ),
    either(
      "Mum's birthday is on 22 March, buy flowers the day before",
      [add(/buy flowers/i, { due: "2026-03-21" })],
      [add("buy flowers", { due: "2026-03-21", description: /birthday/i })],
      [add(/mum's birthday/i, { due: "2026-03-22" }), add(/buy flowers/i, { due: "2026-03-21" })],
      asks,
    ),
    say("low priority: sort old photos", add("sort old photos", { priority: "low" })),
    say(
      "It would be nice if you could write down that I should ask Petra for the lasagna recipe",
      add(/^ask Petra for the lasagna recipe$/i),
    ),
    say(
      "uh so tomorrow i need to uh print the boarding passes before noon",
      add(/^print the boarding passes( before noon)?$/i, { due: /^2026-03-05( 12:00)?$/ }),
    ),
    either(
      "finish essay draft by next Friday",
      [add("finish essay draft", { due: "2026-03-06" })],
      [add("finish essay draft", { due: "2026-03-13" })],
    ),
    either("trash out tonight", [add(/^trash out$/i, { due: tonight })], asks),
    say(
      "change bed sheets every two weeks",
      add("change bed sheets", {
        due: /^(2026-03-(0[4-9]|1[0-8]).*)?$/,
        repeat: /^FREQ=WEEKLY;INTERVAL=2/,
      }),
    ),
    say(
      "call bank, note: ask about the mortgage rate",
      add("call bank", { description: "ask about the mortgage rate" }),
    ),
    say("Pay Klaus back 20 euros", add(/^pay Klaus back 20 euros$/i)),
    say("buy AA batteries x4", add("buy AA batteries x4")),
    say(
      "submit vacation request for July 6 to 17 by this friday",
      add("submit vacation request for July 6 to 17", { due: "2026-03-06" }),
    ),
    either(
      "get mulch after work",
      [add("get mulch after work")],
      [add(/^get mulch( after work)?$/, { due: /^2026-03-04/ })],
      [add("get mulch", { description: /after work/i })],
    ),
    say(
      "sign Mia's permission slip!!! urgent",
      add(/^sign Mia's permission slip!*$/, { priority: "high" }),
    ),
    either(
      "parents evening on Thursday 19 March, 7 pm, room 204",
      [add(/^parents evening$/i, { due: "2026-03-19 19:00", description: /room 204/i })],
      [add(/^parents evening\b.*room 204/i, { due: "2026-03-19 19:00" })],
    ),
    either(
      "Add a task to update the CV and one to apply at Siemens until Friday",
      [add("update the CV"), add("apply at Siemens", { due: "2026-03-06" })],
      [add("update the CV", { due: "2026-03-06" }), add("apply at Siemens", { due: "2026-03-06" })],
    ),
    either(
      "rent a van for the move on 28/3",
      [add("rent a van for the move", { due: "2026-03-28" })],
      [add("rent a van for the move on 28/3")],
    ),
    say("I want to buy tickets for the May 5 concert", add("buy tickets for the May 5 concert")),
    say("put milk chocolate on the list", add(/^(buy )?milk chocolate$/i)),
    either("we're out of toilet paper", [add(/toilet paper/i)], abstains),
    say(
      "every first of the month send the meter reading",
      add("send the meter reading", {
        due: "2026-04-01",
        repeat: /^FREQ=MONTHLY(;INTERVAL=1)?(;BYMONTHDAY=1)?$/,
      }),
    ),
    say(
      "remind me every year on june 3 about our wedding anniversary",
      add(/wedding anniversary/i, { due: "2026-06-03", repeat: /^FREQ=YEARLY/ }),
    ),
    say(
      "Backup laptop, Sunday 8pm, every week",
      add(/^backup laptop$/i, { due: "2026-03-08 20:00", repeat: weekly("SU") }),
    ),
    say("email Anna's sister about the keys", add("email Anna's sister about the keys")),
    say(
      "call the dentist's billing office on monday",
      add("call the dentist's billing office", { due: "2026-03-09" }),
    ),
    say(
      "book a table for 4 at Nonna's saturday half past seven",
      add("book a table for 4 at Nonna's", { due: "2026-03-07 19:30" }),
    ),
    either(
      "get new phone case, no rush",
      [add("get new phone case", { priority: "low" })],
      [add(/^get new phone case(, no rush)?$/)],
      [add("get new phone case", { description: /no rush/i })],
    ),
    either("cat food", [add(/^(buy )?cat food$/i)], abstains),
    say(
      "could u add smth for tmrw: return amazon parcel",
      add("return amazon parcel", { due: "2026-03-05" }),
    ),
    say("Meeting with HR today at 4", add(/^meeting with HR$/i, { due: "2026-03-04 16:00" })),
    say(
      "Practise piano 20 minutes every weekday",
      add(/^practise piano( for)? 20 minutes$/i, {
        due: /^(2026-03-0[45].*)?$/,
        repeat: /^FREQ=(WEEKLY|DAILY)(;INTERVAL=1)?;BYDAY=MO,TU,WE,TH,FR$/,
      }),
    ),
    say(
      "two things: 1) cancel Netflix 2) call the landlord",
      add("cancel Netflix"),
      add("call the landlord"),
    ),

    // completing, changing, deleting
    say("paid the rent", done(rent)),
    either("Just got back from the store with the milk", [done(milk)], asks),
    say("taxes are submitted finally!!", done(tax)),
    either(
      "move the dentist call to next monday 10am",
      [due(dentist, "2026-03-09 10:00")],
      [due(dentist, "2026-03-16 10:00")],
    ),
    say("rename buy milk to buy oat milk", set(milk, { title: "buy oat milk" })),
    say("cross off anna", done(anna)),
    say("delete water the plants please, they died", gone(plants)),
    say("the report needs to be done by 6pm on friday", due(report, "2026-03-06 18:00")),
    say("make the report high priority", set(report, { priority: "high" })),
    say("bump the rent to saturday", due(rent, "2026-03-07")),
    either("kitchen is dirty again", [open(kitchen)], [add(/clean the kitchen/i)], abstains),
    say("i wrote the report and emailed bob", done(report), done(bob)),
    say("no due date for the dentist thing", due(dentist, "")),
    say(
      "add a note to email Bob: mention Q2 numbers",
      set(bob, { description: "mention Q2 numbers" }),
    ),
    either(
      "water plants every sunday",
      [set(plants, { due: "2026-03-08", repeat: weekly("SU") })],
      [add("water plants", { due: "2026-03-08", repeat: weekly("SU") })],
      asks,
    ),
    say("You can remove the one about the invoice", gone(invoice)),
    either(
      "swap milk for oat milk on my list",
      [set(milk, { title: "buy oat milk" })],
      [set(milk, { title: "oat milk" })],
      [gone(milk), add(/^(buy )?oat milk$/i)],
    ),
    say("snooze taxes till tomorrow 9 am", due(tax, "2026-03-05 09:00")),
    either("done with Anna", [done(anna)], asks),
    either("clear all finished tasks", [gone(kitchen), gone(invoice)], asks),
    say("make the dentist call an hour later", due(dentist, "2026-03-06 18:00")),
    say("rent isn't that urgent, medium is fine", set(rent, { priority: "medium" })),
    either("I don't need to email Anna any more", [gone(anna)], [done(anna)], asks),
    either("both mails are out", [done(anna), done(bob)], asks),

    // follow-ups
    then(
      "add dinner with Tom on friday at 7pm",
      say("sorry I meant saturday", due("dinner with Tom", "2026-03-07 19:00")),
    ),
    then("add buy stamps", say("undo", gone("buy stamps"))),
    then("I bought milk", say("wait no, I forgot it, put it back", open(milk))),
    then("delete email Anna", say("oops, bring it back", add(anna))),
    then("show my tasks", say("delete number 4", gone(milk))),
    then("add call plumber", say("it's urgent", set("call plumber", { priority: "high" }))),
    then("add pick up the kids at 3pm", say("no, 4", due("pick up the kids", "2026-03-04 16:00"))),
    then("I emailed Anna", say("sorry, Bob I mean", open(anna), done(bob))),
    then(
      "add buy bread",
      either(
        "and butter",
        [add(/^(buy )?butter$/i)],
        [set("buy bread", { title: "buy bread and butter" })],
      ),
    ),
    then("what's due this week?", say("ok the dentist one is done", done(dentist))),
    then(
      "add visit aunt Helga",
      say("next month on the 5th", due("visit aunt Helga", "2026-04-05")),
    ),
    then("hello", say("add feed the fish", add("feed the fish"))),

    // questions
    nothing("what's on my plate today", /tax|nothing|no /i),
    nothing("when is the rent due", /tomorrow|thu|03-05|march 5|5 march|mar 5|5 mar|5th/i),
    nothing("how many tasks do I have left", /8|eight/i),
    nothing("did i already send the invoice?", /invoice|yes|done|complet/i),
    nothing("whats overdue", /tax/i),
    nothing("what do i have on friday", /dentist/i),
    nothing("which ones are most important", /tax[\s\S]*rent/i),
    nothing("show me everything", /milk/i),
    nothing("Is there anything about emails?", /anna[\s\S]*bob/i),
    nothing("what did I get done already", /kitchen[\s\S]*invoice|invoice[\s\S]*kitchen/i),
    nothing("anything next week?", /nothing|no |n't|none|not /i),
    nothing("what can you do"),

    // nothing to change, or to be asked back
    nothing("thanks, you're a star"),
    nothing("don't delete the milk"),
    nothing("I haven't paid the rent yet"),
    either("share the list with my wife", refuses),
    either("set an alarm for 6:30", abstains, [
      add(/alarm|wake/i, { due: /^2026-03-0[45] (06|18):30$/ }),
    ]),
    nothing("if it rains on saturday i'll clean the kitchen"),
    either(
      "delete everything",
      [...openTasks, kitchen, invoice].map((title) => gone(title)),
      openTasks.map((title) => gone(title)),
      asks,
    ),
    either("delete the email", asks),
    nothing("I love rainy days"),
    nothing("Anna is such a nice person"),
    either("attach this photo to the tax task", refuses),
    nothing("I might email Bob later"),
    nothing("what's the capital of Portugal"),
    either("move it to friday", asks),
    either(
      "add a subtask to the report: collect figures",
      abstains,
      [add("collect figures")],
      [set(report, { description: /collect figures/i })],
    ),
    nothing("good morning"),
    nothing("the dentist was really rude last time"),
    either("order pizza for me", abstains, [add(/^order pizza( for me)?$/i)]),
  ],
  "at first sight": [
    // adding
    say("remember the salt... no wait the pepper. add pepper", add(/^(buy )?(the )?pepper$/i)),
    say(
      "Pick Jonas up from football at quarter past five",
      add(/^pick Jonas up from football$/i, { due: "2026-03-04 17:15" }),
    ),
    say("todo: hoover the stairs", add("hoover the stairs")),
    say(
      "pls note down i need to get my glasses fixed sometime next week",
      add(/^get my glasses fixed( sometime)?$/i, { due: /^2026-03-(09|1[0-5])/ }),
    ),
    say("physio thursday 11:15", add(/^physio$/i, { due: "2026-03-05 11:15" })),
    either(
      "Physiotherapy every Tuesday 11:15 am until end of June",
      [add(/^physiotherapy/i, { due: "2026-03-10 11:15", repeat: /^FREQ=WEEKLY/ })],
      [
        add(/^physiotherapy/i, {
          due: "2026-03-10 11:15",
          repeat: /^FREQ=WEEKLY/,
          description: /june/i,
        }),
      ],
      abstains,
    ),
    say(
      "add hand in assignment 4 tomorrow 23:59",
      add("hand in assignment 4", { due: /^2026-03-05/ }),
    ),
    say("read chapters 3-5 before tuesday", add("read chapters 3-5", { due: /^2026-03-(09|10)$/ })),
    say(
      "I must not forget to send the contract to Mr Okafor today before 5 pm",
      add("send the contract to Mr Okafor", { due: "2026-03-04 17:00" }),
    ),
    either("call mum and dad", [add("call mum and dad")], [add("call mum"), add(/^(call )?dad$/)]),
    say(
      "call mum. call dad. book flight to Oslo",
      add("call mum"),
      add("call dad"),
      add("book flight to Oslo"),
    ),
    say(
      "in 20 minutes take the cake out of the oven",
      add("take the cake out of the oven", { due: "2026-03-04 10:50" }),
    ),
    say("vacuum on the weekend", add("vacuum", { due: weekend })),
    say(
      "Buy present for Noah's 5th birthday by 14 March",
      add(/^buy present for Noah's 5th birthday$/i, { due: "2026-03-14" }),
    ),
    say(
      "Tomorrow I will go to bank for open account",
      add(/^go to (the )?bank (for|to) open(ing)? (an )?account$/i, { due: "2026-03-05" }),
    ),
    say(
      "please be so kind to remind me of my doctor's appointment on the 24th at 9 o'clock",
      add(/^(my )?doctor's appointment$/i, { due: "2026-03-24 09:00" }),
    ),
    say("add fix bug #4512", add("fix bug #4512")),
    say('add: say "no" to Peter', add(/^say "?no"? to Peter$/)),
    say("Reply to Marie-Claire re: budget 2027", add(/^reply to Marie-Claire re: budget 2027$/i)),
    either(
      "clean gutters in april",
      [add("clean gutters", { due: /^2026-04/ })],
      [add("clean gutters in april")],
      asks,
    ),
    either(
      "buy: tomatoes, basil, mozzarella",
      [add(/^(buy )?tomatoes$/i), add(/^(buy )?basil$/i), add(/^(buy )?mozzarella$/i)],
      [add(/^buy:? tomatoes, basil,? (and )?mozzarella$/i)],
      [add(/^buy$|^shopping$|^groceries$/i, { description: /tomatoes/ })],
    ),
    say(
      "standup at 9:15 on workdays",
      add("standup", {
        due: "2026-03-05 09:15",
        repeat: /^FREQ=(WEEKLY|DAILY)(;INTERVAL=1)?;BYDAY=MO,TU,WE,TH,FR$/,
      }),
    ),
    say(
      "mow the lawn every other saturday",
      add("mow the lawn", {
        due: "2026-03-07",
        repeat: /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=SA)?$/,
      }),
    ),
    say(
      "pay credit card on the 25th of each month",
      add("pay credit card", {
        due: "2026-03-25",
        repeat: /^FREQ=MONTHLY(;INTERVAL=1)?(;BYMONTHDAY=25)?$/,
      }),
    ),
    say(
      "important!! call the school about Emma",
      add("call the school about Emma", { priority: "high" }),
    ),
    say(
      "whenever I've time: organise the garage. low prio",
      add(/organise the garage/i, { priority: "low" }),
    ),
    say("birthday Oma 4.4.", add(/^birthday (of )?Oma$/i, { due: "2026-04-04" })),
    either(
      "Cinema with Lisa tomorrow 8:15pm, bring cash",
      [add(/^cinema with Lisa$/i, { due: "2026-03-05 20:15", description: /bring cash/i })],
      [add(/^cinema with Lisa,? (-|–)? ?\(?bring cash\)?$/i, { due: "2026-03-05 20:15" })],
      [
        add(/^cinema with Lisa$/i, { due: "2026-03-05 20:15" }),
        add("bring cash", { due: /^(2026-03-05.*)?$/ }),
      ],
    ),
    say(
      "write thank you notes to Ben, Jo and Sue",
      add("write thank you notes to Ben, Jo and Sue"),
    ),
    either(
      "tell the neighbours about the party on the 21st",
      [add("tell the neighbours about the party on the 21st")],
      [add("tell the neighbours about the party", { due: "2026-03-21" })],
      asks,
    ),
    say(
      "change the water filter in 3 months",
      add("change the water filter", { due: "2026-06-04" }),
    ),
    say("new entry - haircut - saturday - 10 am", add("haircut", { due: "2026-03-07 10:00" })),
    say("schedule: oil change, 16 march, 7:45", add("oil change", { due: "2026-03-16 07:45" })),
    say("finish slides by EOD", add("finish slides", { due: /^2026-03-04( \d\d:\d\d)?$/ })),
    say(
      "so basically my boss wants me to prepare the onboarding plan until wednesday next week could you add that",
      add(/prepare the onboarding plan$/i, { due: "2026-03-11" }),
    ),
    either(
      "buy 2 kg potatoes and an onion",
      [add("buy 2 kg potatoes and an onion")],
      [add("buy 2 kg potatoes"), add(/^(buy )?an onion$/)],
    ),
    either(
      "get cough syrup on the way home",
      [add("get cough syrup on the way home")],
      [add("get cough syrup", { description: /on the way home/i })],
      [add(/^get cough syrup( on the way home)?$/, { due: /^2026-03-04/ })],
    ),
    say("pick up prescripton", add(/^pick up prescripti?on$/i)),
    either(
      "I need 3 things from ikea: candles, a lamp, hangers",
      [add(/candles/i), add(/lamp/i), add(/hangers/i)],
      [add(/candles, a lamp,? (and )?hangers/i)],
      [add(/ikea/i, { description: /candles.*lamp.*hangers/i })],
    ),
    say("Add task 'Monday report' due Tuesday", add(/^Monday report$/i, { due: "2026-03-10" })),
    say(
      "zoom w/ prof Lindqvist 3/18 at 1pm",
      add(/^zoom w(\/|ith) prof Lindqvist$/i, { due: "2026-03-18 13:00" }),
    ),
    say("laundry tmrw evening", add(/^laundry$/i, { due: /^2026-03-05( 1[89]:00)?$/ })),
    either(
      "ask Raj whether he can come on thursday",
      [add("ask Raj whether he can come on thursday")],
      [add("ask Raj whether he can come", { due: "2026-03-05" })],
    ),
    either(
      "Take blood pressure every morning and every evening",
      [
        add(/take blood pressure/i, { due: /^(2026-03-0[45].*)?$/, repeat: daily }),
        add(/take blood pressure/i, { due: /^(2026-03-0[45].*)?$/, repeat: daily }),
      ],
      [
        add(/take blood pressure/i, {
          due: /^(2026-03-0[45].*)?$/,
          repeat: /^FREQ=DAILY/,
        }),
      ],
      abstains,
    ),
    either(
      "register for the marathon before it sells out",
      [add("register for the marathon before it sells out")],
      [add("register for the marathon")],
      [add("register for the marathon", { description: /sells out/i })],
    ),
    either(
      "make appointment to change the winter tyres, must be done until 10 April",
      [add(/^make (an )?appointment to change the winter tyres/i, { due: "2026-04-10" })],
      [
        add(/^make (an )?appointment to change the winter tyres$/i, {
          due: "2026-04-10",
          description: /must/i,
        }),
      ],
    ),
    say("download lecture slides wk 7", add("download lecture slides wk 7")),
    say(
      "defrost freezer, prio low, saturday",
      add("defrost freezer", { due: "2026-03-07", priority: "low" }),
    ),
    say(
      "stay late on thursday to help with inventory",
      add(/^stay late( on thursday)? to help with inventory$/, { due: "2026-03-05" }),
    ),
    either(
      "I want to learn 10 Spanish words a day",
      [add(/learn 10 Spanish words/i, { due: /^(2026-03-0[45].*)?$/, repeat: daily })],
      [add("learn 10 Spanish words a day")],
      asks,
    ),
    either(
      "cancel gym membership by 31 March otherwise it renews",
      [add(/^cancel gym membership,?( otherwise it renews)?$/, { due: "2026-03-31" })],
      [add("cancel gym membership", { due: "2026-03-31", description: /otherwise it renews/ })],
    ),
    say("add milk powder for the baby", add(/^(buy )?milk powder for the baby$/i)),
    say(
      "add water the plants at mum's house on sunday",
      add("water the plants at mum's house", { due: "2026-03-08" }),
    ),
    say(
      "set up a task for the tax adviser call, thu 26.3. 16:30, high",
      add(/^(the )?tax adviser call$/i, { due: "2026-03-26 16:30", priority: "high" }),
    ),

    // completing, changing, deleting
    say("rent ✓", done(rent)),
    either("taxes went out this morning", [done(tax)], asks),
    either(
      "I've called the dentist, got an appointment for the 30th",
      [done(dentist)],
      [done(dentist), add(/appointment/i, { due: "2026-03-30" })],
      [set(dentist, { completed: true, description: /30th/ })],
    ),
    either("tick off number 1", [done(tax)], asks),
    say("report → friday", due(report, "2026-03-06")),
    say("push the tax forms back a week", due(tax, /^2026-03-(09|11)( 12:00)?$/)),
    say("the budget email should go out tomorrow before noon", due(bob, /^2026-03-05( 12:00)?$/)),
    either(
      "lower the priority of rent",
      [set(rent, { priority: "medium" })],
      [set(rent, { priority: "low" })],
      asks,
    ),
    say("the plants are important", set(plants, { priority: "high" })),
    say(
      "call the dentist should be call the orthodontist",
      set(dentist, { title: "call the orthodontist" }),
    ),
    either("drop the milk, my husband got it", [gone(milk)], [done(milk)]),
    say("set due date of buy milk to today 18:30", due(milk, "2026-03-04 18:30")),
    say("remove deadline from rent", due(rent, "")),
    say("kitchen not done, reopen it", open(kitchen)),
    say(
      "put 'use new template' as a note on the report",
      set(report, { description: "use new template" }),
    ),
    either("anna's email is no longer necessary", [gone(anna)], [done(anna)], asks),
    say("change 'email Anna' to 'phone Anna'", set(anna, { title: "phone Anna" })),
    either(
      "I did everything except the report",
      except(report).map((title) => done(title)),
      asks,
    ),
    say("rent paid, milk bought, plants watered", done(rent), done(milk), done(plants)),
    either("everything with high priority is done", [done(tax), done(rent)], asks),
    either("delete both emails", [gone(anna), gone(bob)], asks),
    either("throw out the completed ones", [gone(kitchen), gone(invoice)], asks),
    say("dentist: 15:30 instead of 17:00", due(dentist, "2026-03-06 15:30")),
    say("finished writing teh report", done(report)),

    // follow-ups
    then(
      "add buy cat litter tomorrow",
      either(
        "make that two bags",
        [set("buy cat litter", { title: /two bags/ })],
        [set("buy cat litter", { description: /two bags/ })],
        abstains,
      ),
    ),
    then(
      "remind me to call Jana at 4pm",
      say("tomorrow, not today", due("call Jana", "2026-03-05 16:00")),
    ),
    then("delete buy milk", say("undo that please", add(milk))),
    then("mark the report as done", say("not the report, the tax forms!", open(report), done(tax))),
    then("list", say("3 is done", done(dentist))),
    then(
      "add return library books",
      say("hmm let's say until the 20th", due("return library books", "2026-03-20")),
    ),
    then("add wash the car", say("actually forget it", gone("wash the car"))),
    then(
      "add team lunch on thursday at noon",
      say("every thursday by the way", set("team lunch", { repeat: weekly("TH") })),
    ),
    then("move rent to friday", say("no, leave it where it was", due(rent, "2026-03-05"))),
    then("which emails do I have to write?", say("mark both done", done(anna), done(bob))),
    then("add write to uncle Fritz", nothing("perfect, thanks a lot")),
    then("delete the email", say("the one to Bob", gone(bob))),

    // questions
    nothing("what's next?", /tax|rent/i),
    nothing("do i still need milk", /milk|yes/i),
    nothing("what's tomorrow", /rent/i),
    nothing("list everything with high priority", /tax[\s\S]*rent/i),
    nothing("is the report done?", /report|no|open|not/i),
    nothing("have I got anything on at the weekend?", /no |no,|no\.|nothing|n't|none/i),
    nothing("how much have I finished", /2|two|kitchen/i),
    nothing("when was I going to ring the dentist?", /fri|17:00|5 ?pm|5:00|03-06|march 6|6 march/i),
    nothing("which tasks dont have a date?", /milk/i),
    nothing("can you read me my list please, I don't have my glasses on", /milk/i),
    nothing("what's late", /tax/i),
    nothing("how does this work?"),

    // nothing to change, or to be asked back
    nothing("ok"),
    nothing("lol nvm"),
    nothing("I still haven't called the dentist"),
    nothing("don't mark the rent as paid"),
    either("invite Tom to my list", abstains),
    either("wake me up at 7", abstains, [add(/wake/i, { due: /^2026-03-0[45] (07|19):00$/ })]),
    either("add", asks),
    either("change the date of the report", asks),
    nothing("Bob is on holiday until Monday"),
    either(
      "tag the milk with #groceries",
      abstains,
      [set(milk, { description: /groceries/ })],
      [set(milk, { title: "buy milk #groceries" })],
    ),
    either(
      "when I finish the report remind me to clean the kitchen",
      abstains,
      [add(/clean the kitchen/i)],
      [add("clean the kitchen", { description: /report/ })],
      [open(kitchen)],
    ),
    nothing("should I call the dentist today?"),
    either("I was thinking of buying milk tomorrow", [], [due(milk, "2026-03-05")]),
    nothing("who are you?"),
    nothing("I didn't write the report"),
    nothing("complete the task about insurance", missing),
    nothing("delete buy cheese", missing),
    either("can you email Anna for me", abstains),
  ],
  "at first sight, again": [
    // adding
    say("add feed Whiskers", add("feed Whiskers")),
    say(
      "Remind me on the 9th that the tenancy agreement must be signed",
      add(/tenancy agreement/i, { due: "2026-03-09" }),
    ),
    say("9am tomorrow standup", add("standup", { due: "2026-03-05 09:00" })),
    say("tues: swim kit for Ella", add("swim kit for Ella", { due: "2026-03-10" })),
    say(
      "haircut for the boys this saturday around eleven",
      add("haircut for the boys", { due: "2026-03-07 11:00" }),
    ),
    say(
      "i should really start on my thesis intro. put it down for tomorrow afternoon",
      add(/start on my thesis intro/i, { due: /^2026-03-05( 1[2-7]:00)?$/ }),
    ),
    say(
      "iron shirts tonight, prio high",
      add("iron shirts", { due: /^2026-03-04( (18|19|20|21):00)?$/, priority: "high" }),
    ),
    say("add call +44 20 7946 0958", add("call +44 20 7946 0958")),
    say("buy a 2027 calendar", add("buy a 2027 calendar")),
    say(
      "Watch '12 Angry Men' with dad on Sunday evening",
      add(/^watch ['"]?12 Angry Men['"]? with dad$/i, { due: /^2026-03-08( (18|19|20):00)?$/ }),
    ),
    say("order 100 A5 envelopes", add("order 100 A5 envelopes")),
    either(
      "every monday and wednesday morning walk with Trudi",
      [
        add(/walk with Trudi/i, {
          due: /^2026-03-(04|09)( 09:00)?$/,
          repeat: /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=MO,WE$/,
        }),
      ],
      [
        add(/walk with Trudi/i, { due: /^2026-03-09( 09:00)?$/, repeat: weekly("MO") }),
        add(/walk with Trudi/i, { due: /^2026-03-(04|11)( 09:00)?$/, repeat: weekly("WE") }),
      ],
      asks,
    ),
    say(
      "on the last day of every month do the timesheet",
      add("do the timesheet", {
        due: "2026-03-31",
        repeat: /^FREQ=MONTHLY(;INTERVAL=1)?;BYMONTHDAY=(-1|31)/,
      }),
    ),
    say(
      "every 3 days water orchid",
      add("water orchid", { due: /^(2026-03-0[4-7].*)?$/, repeat: "FREQ=DAILY;INTERVAL=3" }),
    ),
    either(
      "every quarter VAT return",
      [
        add("VAT return", {
          due: /^(2026-.*)?$/,
          repeat: /^FREQ=MONTHLY;INTERVAL=3|^FREQ=YEARLY;BYMONTH=/,
        }),
      ],
      abstains,
    ),
    say(
      "send out invitations (30 people!) by friday 5pm",
      add(/^send out invitations( \(30 people!\))?$/, { due: "2026-03-06 17:00" }),
    ),
    say(
      "please add 2 tasks: vacuum living room today, mop floors tomorrow",
      add("vacuum living room", { due: "2026-03-04" }),
      add("mop floors", { due: "2026-03-05" }),
    ),
    say(
      "tomorrow: buy bread, pick up parcel, call Ines",
      add("buy bread", { due: "2026-03-05" }),
      add("pick up parcel", { due: "2026-03-05" }),
      add("call Ines", { due: "2026-03-05" }),
    ),
    say(
      "get ready for interview thursday 2 pm",
      add("get ready for interview", { due: "2026-03-05 14:00" }),
    ),
    say(
      "I've an interview at Bosch on 11 March at 10:45",
      add(/interview at Bosch/i, { due: "2026-03-11 10:45" }),
    ),
    either(
      "take Rex to the vet, next tuesday at 4.30pm",
      [add("take Rex to the vet", { due: "2026-03-10 16:30" })],
      [add("take Rex to the vet", { due: "2026-03-17 16:30" })],
    ),
    say("buy nappies size 4", add("buy nappies size 4")),
    say(
      "need to renew my driver license before 30 of april",
      add(/^renew my driver('?s)? license$/i, { due: /^2026-04-(29|30)$/ }),
    ),
    say("fill out form 27b/6", add("fill out form 27b/6")),
    say("book hotel in Prague for 3-5 April", add("book hotel in Prague for 3-5 April")),
    either(
      "talk to Sam at lunch",
      [add("talk to Sam at lunch")],
      [add(/^talk to Sam( at lunch)?$/, { due: /^2026-03-0[45]( 1[23]:\d\d)?$/ })],
    ),
    say("ring the council about the bins", add("ring the council about the bins")),
    either(
      "tidy up desk (whenever)",
      [add(/^tidy up desk( \(whenever\))?$/)],
      [add("tidy up desk", { priority: "low" })],
      [add("tidy up desk", { description: /whenever/ })],
    ),
    say(
      "hey so i was talking to dave and he says we gotta submit the lab report by thursday midnight so yeah add that",
      add(/submit the lab report$/i, { due: /^2026-03-05( (00:00|23:59))?$|^2026-03-06 00:00$/ }),
    ),
    say("Pls remember me to pay the electricity", add(/^pay the electricity$/i)),
    say(
      "I have appointment with the tax office in ten days at 9",
      add(/appointment with the tax office$/i, { due: "2026-03-14 09:00" }),
    ),
    say(
      "bake cookies for the school fair the day after tomorrow",
      add("bake cookies for the school fair", { due: "2026-03-06" }),
    ),
    say("a week from today return rental skis", add("return rental skis", { due: "2026-03-11" })),
    say("buy AirPods with 20% off at MediaMarkt", add("buy AirPods with 20% off at MediaMarkt")),
    say("add to list chk tire pressure", add(/^(chk|check) tire pressure$/i)),
    say(
      "print ticket; pack suitcase; charge camera",
      add("print ticket"),
      add("pack suitcase"),
      add("charge camera"),
    ),
    either(
      "update README.md and bump version to 2.0.1",
      [add("update README.md"), add("bump version to 2.0.1")],
      [add("update README.md and bump version to 2.0.1")],
    ),
    say("review PR 88 by noon", add("review PR 88", { due: "2026-03-04 12:00" })),
    say("add deploy at 15:00", add("deploy", { due: "2026-03-04 15:00" })),
    say("prepare agenda for 1:1 with Kate", add("prepare agenda for 1:1 with Kate")),
    say(
      "remind me at half past two to take my heart pills",
      add("take my heart pills", { due: "2026-03-04 14:30" }),
    ),
    either(
      "Important, not urgent: make a will",
      [add("make a will", { priority: "high" })],
      [add("make a will")],
      asks,
    ),
    say(
      "tell Chris 'happy birthday' on March 8th",
      add(/^tell Chris ['"]?happy birthday['"]?$/i, { due: "2026-03-08" }),
    ),
    say("find out what day the bins go out", add("find out what day the bins go out")),
    say("compare day care options", add("compare day care options")),
    either("write down: shoe size of Tim is 38", [add(/shoe size of Tim( is|:)? 38/i)], abstains),
    either(
      "garden waste collection every second thursday",
      [
        add(/^garden waste collection$/i, {
          due: /^2026-03-(05|12)$/,
          repeat: /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=TH)?$|^FREQ=MONTHLY;BYDAY=\+?2TH$/,
        }),
      ],
      asks,
    ),
    say("buy milk frother", add("buy milk frother")),
    say(
      "pay rent for the garage on the 5th",
      add("pay rent for the garage", { due: "2026-03-05" }),
    ),
    say("for tomorrow I need the gym bag", add(/gym bag/i, { due: "2026-03-05" })),
    either(
      "pick up cake @ 4:30pm saturday and bring it to aunt Rosie",
      [add("pick up cake and bring it to aunt Rosie", { due: "2026-03-07 16:30" })],
      [
        add("pick up cake", { due: "2026-03-07 16:30" }),
        add(/^bring (it|cake) to aunt Rosie$/, { due: /^(2026-03-07.*)?$/ }),
      ],
    ),
    say("meditate daily 7am", add("meditate", { due: /^2026-03-0[45] 07:00$/, repeat: daily })),
    say(
      "coffee with Inés, Fri 10ish",
      add(/^coffee with Inés$/i, { due: /^2026-03-06( 10:00)?$/ }),
    ),
    say(
      'Add "Buy, wrap and send Jo\'s gift" for Monday',
      add(/^buy, wrap and send Jo's gift$/i, { due: "2026-03-09" }),
    ),

    // completing, changing, deleting
    say("Anna has been emailed", done(anna)),
    say("got milk", done(milk)),
    either("just hung up with the dentist", [done(dentist)], asks),
    either("scratch plants", [gone(plants)], [done(plants)], asks),
    say("report has to be finished by tomorrow", due(report, "2026-03-05")),
    say("pay rent on friday instead", due(rent, "2026-03-06")),
    say("reschedule call the dentist for 12 March 9:15", due(dentist, "2026-03-12 09:15")),
    say("bob's mail: priority high", set(bob, { priority: "high" })),
    say("make all emails due tomorrow", due(anna, "2026-03-05"), due(bob, "2026-03-05")),
    say("rent is due at 10am", due(rent, "2026-03-05 10:00")),
    say("uncheck send invoice", open(invoice)),
    either(
      "the invoice bounced, I have to send it again",
      [open(invoice)],
      [add(/send (the )?invoice|send it again/i)],
      abstains,
    ),
    either(
      "update buy milk: 2 litres, lactose free",
      [set(milk, { description: /2 litres, lactose free/ })],
      [set(milk, { title: /milk.*2 litres.*lactose free|2 litres.*milk/ })],
      asks,
    ),
    either(
      "rename #7 to write the annual report",
      [set(report, { title: "write the annual report" })],
      asks,
    ),
    either("get rid of task 5", [gone(anna)], asks),
    either("move everything from friday to monday", [due(dentist, /^2026-03-09( 17:00)?$/)], asks),
    either("remove clean the kitchen and send invoice", [gone(kitchen), gone(invoice)], asks),
    say("milk can wait until saturday", due(milk, "2026-03-07")),
    say("change the tax deadline to today 11:30", due(tax, "2026-03-04 11:30")),
    either("watered everything in the garden and on the balcony", [done(plants)], abstains),
    either("handed the report over to my boss", [done(report)], asks),
    say(
      "repeat rent on the 5th of every month",
      set(rent, { repeat: /^FREQ=MONTHLY(;INTERVAL=1)?(;BYMONTHDAY=5)?$/ }),
    ),
    say("Rent: paid. Taxes: not yet.", done(rent)),
    say("I emailed bob but not anna", done(bob)),

    // follow-ups
    then("add yoga tomorrow at 6pm", say("7pm sorry", due("yoga", "2026-03-05 19:00"))),
    then(
      ["add buy a gift for Lea", "thanks"],
      say("put it on friday", due("buy a gift for Lea", "2026-03-06")),
    ),
    then("I paid the rent", say("that was wrong, undo", open(rent))),
    then(
      "add call Marc",
      either("with a k: Mark", [set("call Marc", { title: "call Mark" })], asks),
    ),
    then("show list", say("mark the second and the fourth as done", done(rent), done(milk))),
    then(
      "add clean windows on saturday",
      say("also sunday: clean car", add("clean car", { due: "2026-03-08" })),
    ),
    then(
      "delete water the plants",
      say("wait no not the plants, I meant the milk", add(plants, { priority: "low" }), gone(milk)),
    ),
    then("when is rent due?", say("move it to the 10th", due(rent, "2026-03-10"))),
    then(
      "add Spanish class every monday at 6pm",
      say("only this monday actually", set("Spanish class", { repeat: "" })),
    ),
    then(
      "make the report high priority",
      say("the budget mail too", set(bob, { priority: "high" })),
    ),
    then(
      "add go jogging",
      say("tomorrow morning, before work", due("go jogging", /^2026-03-05( 0[6-9]:00)?$/)),
    ),
    then("add buy paint", nothing("how many tasks do I have now?", /9|nine/i)),

    // questions
    nothing("am I behind on anything?", /tax/i),
    nothing("what does thursday look like?", /rent/i),
    nothing("any low priority stuff", /plants/i),
    nothing("show done tasks", /kitchen[\s\S]*invoice|invoice[\s\S]*kitchen/i),
    nothing("what do I need to buy?", /milk/i),
    nothing("who do I have to email", /anna[\s\S]*bob|bob[\s\S]*anna/i),
    nothing("what's number 6?", /bob/i),
    nothing("is rent due tomorrow or friday?", /tomorrow|thu|03-05|march 5|5 march|mar 5|5 mar/i),
    nothing("did I pay the rent?", /rent|no|not|open/i),
    nothing("list pls", /milk/i),
    nothing("how many of my tasks are overdue?", /1|one|tax/i),
    nothing("what was the task with the budget again?", /bob/i),

    // nothing to change, or to be asked back
    nothing("never mind"),
    nothing("haha good one"),
    nothing("please do not add anything"),
    either("I paid half the rent", [], [set(rent, { description: /half/i })]),
    either("call me a taxi", abstains, [add(/^call (me )?a taxi$/i)]),
    either("send my list to my email address", refuses),
    nothing("I'm so tired today"),
    either("mark it done", asks),
    either(
      "make everything high priority",
      openTasks
        .filter((title) => title !== tax && title !== rent)
        .map((title) => set(title, { priority: "high" })),
      asks,
    ),
    either("set the due date to tomorrow", asks),
    either("if Anna answers by tomorrow delete the email task", abstains),
    nothing("why is the milk still on there"),
    nothing("I almost finished the report"),
    nothing("was the tax thing due on monday?", /tax|yes|mon|03-02|march 2|2 march/i),
    either("colour the report red", abstains),
    nothing("the plumber came yesterday"),
    nothing("every day is the same here"),
    nothing("what happens if I pay the rent next week?"),
  ],
};
