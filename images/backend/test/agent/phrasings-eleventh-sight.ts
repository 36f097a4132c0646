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
  weekend,
  weekly,
} from "./wishes.ts";

const fortnightly = /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=FR)?$/;
const monthly = /^FREQ=MONTHLY(;INTERVAL=1)?(;BYMONTHDAY=5)?$/;
const yearly = /^FREQ=YEARLY(;INTERVAL=1)?(;BYMONTH=5)?(;BYMONTHDAY=12)?$/;
const mondaysAndWednesdays = /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=(MO,WE|WE,MO)$/;
const tonight = /^2026-03-04( (18|19|20|21|22):00)?$/;

/** A hundred everyday phrasings, by somebody who never saw the code. */
export const eleventhSight: readonly Wish[] = [
  // adding
  say("buy bread", add(/^buy bread$/i)),
  say(
    "Remind me tomorrow at 9 to call the landlord",
    add(/^call the landlord$/i, { due: "2026-03-05 09:00" }),
  ),
  say("gym on Saturday at 10am", add(/^gym$/i, { due: "2026-03-07 10:00" })),
  either(
    "need to return the library books by next Friday",
    [add(/^return the library books$/i, { due: /^2026-03-(06|13)$/ })],
    asks,
  ),
  say(
    "i have a job interview on march 17 at 2:30 pm",
    add(/^(have )?(a )?job interview$/i, { due: "2026-03-17 14:30" }),
  ),
  say(
    "put 'renew passport' on the list, high priority",
    add(/^renew passport$/i, { priority: "high" }),
  ),
  say(
    "Can you add a task to order new contact lenses by the end of the month?",
    add(/^order new contact lenses$/i, { due: /^2026-03-31/ }),
  ),
  say(
    "don't let me forget mom's birthday on the 21st",
    add(/^mom['’]s birthday$/i, { due: "2026-03-21" }),
  ),
  say("pick up the kids at 4 today", add(/^pick up the kids$/i, { due: "2026-03-04 16:00" })),
  say("wash the car this weekend", add(/^wash the car$/i, { due: weekend })),
  say(
    "remind me in two hours to take the cake out of the freezer",
    add(/^take the cake out of the freezer$/i, { due: "2026-03-04 12:30" }),
  ),
  either(
    "new task: prepare slides for thursday's meeting",
    [add(/^prepare slides for thursday['’]s meeting$/i)],
    [add(/^prepare slides for (thursday['’]s|the) meeting$/i, { due: /^2026-03-0[45]$/ })],
    asks,
  ),
  either(
    "book a table at Luigi's for 4 people, Friday 7pm",
    [add(/^book a table at Luigi['’]s for 4 people$/i, { due: "2026-03-06 19:00" })],
    [add(/^book a table at Luigi['’]s for 4 people,? (on )?Friday (at )?7 ?pm$/i)],
    asks,
  ),
  say("Lunch with Sarah tomorrow 12:30", add(/^lunch with Sarah$/i, { due: "2026-03-05 12:30" })),
  say("call mum tonight", add(/^call mum$/i, { due: tonight })),
  say(
    "pay the electricity bill on the first of next month",
    add(/^pay the electricity bill$/i, { due: "2026-04-01" }),
  ),
  either("add milk", [add(/^(buy )?milk$/i)], { effects: [], reply: /already|\?/i }),

  // corrections in the same message
  say(
    "remind me to call Peter at 3, no wait, at 4 this afternoon",
    add(/^call Peter$/i, { due: "2026-03-04 16:00" }),
  ),
  say(
    "dentist appointment for the kids on monday, sorry I mean tuesday, at 9:15",
    add(/^dentist appointment for the kids$/i, { due: "2026-03-10 09:15" }),
  ),

  // several wishes in one message
  either(
    "buy butter and call grandpa tomorrow",
    [add(/^buy butter$/i, { due: "2026-03-05" }), add(/^call grandpa$/i, { due: "2026-03-05" })],
    [add(/^buy butter$/i), add(/^call grandpa$/i, { due: "2026-03-05" })],
  ),
  say(
    "I paid the rent, and please add: transfer money to savings on friday",
    done(rent),
    add(/^transfer money to savings$/i, { due: "2026-03-06" }),
  ),
  say(
    "add three things: fix the bike, clean the fridge, call Lisa",
    add(/^fix the bike$/i),
    add(/^clean the fridge$/i),
    add(/^call Lisa$/i),
  ),
  say("delete the milk one and mark the report as done", gone(milk), done(report)),
  say("done with 4 and 5", done(milk), done(anna)),
  say(
    "move rent to friday and make the report high priority",
    due(rent, "2026-03-06"),
    set(report, { priority: "high" }),
  ),
  say(
    "todo today:\n- vacuum\n- laundry\n- iron shirts",
    add(/^vacuum$/i, { due: /^2026-03-04/ }),
    add(/^laundry$/i, { due: /^2026-03-04/ }),
    add(/^iron shirts$/i, { due: /^2026-03-04/ }),
  ),
  say(
    "Tomorrow I have to bring the package to the post office at 11 and pick up Emma from school at 3",
    add(/^bring the package to the post office$/i, { due: "2026-03-05 11:00" }),
    add(/^pick up Emma from school$/i, { due: "2026-03-05 15:00" }),
  ),
  either("I emailed Anna and Bob this morning", [done(anna), done(bob)], asks),
  either("remind me to buy cat food and also what's due this week?", {
    effects: [add(/^buy cat food$/i)],
    reply: /rent/i,
  }),
  say("Got the milk, watered the plants too", done(milk), done(plants)),

  // completing
  say("paid the rent", done(rent)),
  say("I'm done with the report", done(report)),
  say("milk ✅", done(milk)),
  say("finally called the dentist!", done(dentist)),
  say("Tax forms are submitted", done(tax)),
  say("tick off number 8", done(plants)),
  either("just wrote Anna an email", [done(anna)], asks),
  say("I bought the milk and the report is almost finished", done(milk)),
  say("The kitchen isn't clean after all, put it back please", open(kitchen)),
  either("I haven't actually sent the invoice yet", [open(invoice)], asks),

  // postponing
  say("postpone the dentist to monday", due(dentist, /^2026-03-09( 17:00)?$/)),
  say("move rent to Saturday", due(rent, "2026-03-07")),
  either("I'll do the taxes tomorrow", [due(tax, /^2026-03-05( 12:00)?$/)], asks),
  say("dentist at 4 instead of 5 please", due(dentist, "2026-03-06 16:00")),
  say("push the rent back by two days", due(rent, "2026-03-07")),
  say("report needs to be ready by friday noon", due(report, "2026-03-06 12:00")),
  say("Give me until next Wednesday for the tax forms", due(tax, /^2026-03-11( 12:00)?$/)),
  say("no deadline for the rent anymore", set(rent, { due: /^(null)?$/ })),
  say(
    "I want to water the plants on sunday morning",
    due(plants, /^2026-03-08( (0[6-9]|1[01]):\d\d)?$/),
  ),
  either("move everything that's overdue to friday", [due(tax, /^2026-03-06( 12:00)?$/)], asks),

  // deleting
  say("remove the dentist thing please", gone(dentist)),
  either("I don't need to email Bob anymore", [gone(bob)], asks),
  say("scratch number 7", gone(report)),
  either("get rid of the completed ones", [gone(kitchen), gone(invoice)], asks),

  // renaming and notes
  say("rename buy milk to buy oat milk", set(milk, { title: "buy oat milk" })),
  say("change 'email Anna' to 'call Anna'", set(anna, { title: "call Anna" })),
  say(
    "it's not Bob, it's Rob I have to email about the budget",
    set(bob, { title: "email Rob about the budget" }),
  ),
  say(
    "add a note to the rent: use the new account number",
    set(rent, { description: /^use the new account number\.?$/i }),
  ),

  // priorities
  say("make the report urgent", set(report, { priority: "high" })),
  say("set rent to low priority", set(rent, { priority: "low" })),
  say(
    "high priority for 3 and 6",
    set(dentist, { priority: "high" }),
    set(bob, { priority: "high" }),
  ),
  either("watering the plants is really important now", [set(plants, { priority: "high" })], asks),

  // recurring
  say(
    "take out the trash every Tuesday",
    add(/^take out the trash$/i, { due: "2026-03-10", repeat: weekly("TU") }),
  ),
  say(
    "make watering the plants a weekly thing, on sundays",
    set(plants, { due: "2026-03-08", repeat: weekly("SU") }),
  ),
  either(
    "yoga every monday and wednesday at 18:30",
    [add(/^yoga$/i, { due: /^2026-03-0[49] 18:30$/, repeat: mondaysAndWednesdays })],
    [
      add(/^yoga/i, { due: "2026-03-09 18:30", repeat: weekly("MO") }),
      add(/^yoga/i, { due: /^2026-03-(04|11) 18:30$/, repeat: weekly("WE") }),
    ],
  ),
  either("rent is due every month on the 5th", [set(rent, { repeat: monthly })], asks),
  say(
    "remind me every day at 9pm to lock the front door",
    add(/^lock the front door$/i, { due: "2026-03-04 21:00", repeat: daily }),
  ),
  say(
    "every other friday: clean the bathroom",
    add(/^clean the bathroom$/i, { due: /^2026-03-(06|13)$/, repeat: fortnightly }),
  ),
  say(
    "every year on may 12 wish Oma a happy birthday",
    add(/^wish Oma a happy birthday$/i, { due: "2026-05-12", repeat: yearly }),
  ),

  // questions
  nothing("what's on my list?", /buy milk/i),
  nothing("what do I have to do today?", /tax|nothing|no tasks|no open|none/i),
  nothing("when is the dentist?", /fri|17:00|5(:00)? ?pm|03-06|6 mar|mar(ch)? 6/i),
  nothing("is there anything overdue?", /tax/i),
  nothing("how many things are left?", /\b8\b|eight/i),
  nothing("do I have anything on Friday?", /dentist/i),
  nothing("what did I already finish?", /kitchen/i),

  // follow-ups
  then(
    "call the landlord tomorrow",
    say("make it 10 am", set("call the landlord", { due: "2026-03-05 10:00" })),
  ),
  then("buy bread", say("oh wait, no, delete that again", gone("buy bread"))),
  then("delete buy milk", say("oops, undo that", add(milk))),
  then("what's due tomorrow?", say("ok that one is done", done(rent))),
  then(
    "add dinner with Paul on friday at 7pm",
    say("sorry, saturday", due("dinner with Paul", "2026-03-07 19:00")),
  ),
  then("mark the report as done", say("sorry I meant the email to Bob", open(report), done(bob))),
  then(
    "buy shoes",
    either(
      "and socks",
      [add(/^(buy )?socks$/i)],
      [set("buy shoes", { title: /^buy shoes and socks$/i })],
    ),
  ),

  // what it can't do, and small talk
  either("order me a pizza", refuses, asks, [add(/^order (me )?a pizza$/i)]),
  either("send Anna the email for me please", refuses),
  either("what will the weather be like tomorrow?", refuses),
  nothing("good morning!"),
  nothing("thanks, you're great"),

  // where a careless program does harm
  either(
    "delete everything",
    abstains,
    [...openTasks, kitchen, invoice].map((title) => gone(title)),
    openTasks.map((title) => gone(title)),
  ),
  then("delete everything", nothing("no")),
  nothing("please don't delete the report"),
  nothing("I wanted to buy milk but the store was already closed"),
  nothing("if I pay the rent tomorrow will that be on time?"),
  either("delete the email", asks),
  nothing("should I delete the plants task?"),
  either(
    "mark all as done except the report",
    except(report).map((title) => done(title)),
    asks,
  ),
  nothing("Bob told me he finished his report"),
  either("number 12 is done", {
    effects: [],
    reply: /\?|no |not |n['’]t|only|which|sorry/i,
  }),
  nothing("what happens if I delete the rent task?"),
  nothing("I can't call the dentist on Friday, they're closed then"),
];
