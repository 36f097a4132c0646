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
  rent,
  report,
  say,
  set,
  tax,
  then,
  tonight,
  weekdays,
  weekly,
} from "./wishes.ts";

const otherSaturdays = /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=SA)?$/;
const tuesdaysAndThursdays = /^FREQ=WEEKLY(;INTERVAL=1)?;BYDAY=(TU,TH|TH,TU)$/;
const quarterly = /^FREQ=MONTHLY;INTERVAL=3(;BYMONTHDAY=10)?$/;
const yearly = /^FREQ=YEARLY(;INTERVAL=1)?(;BYMONTH=10)?(;BYMONTHDAY=3)?$/;
const lastFridays = /^FREQ=MONTHLY(;INTERVAL=1)?;BYDAY=-1FR$/;
const missing = /\bno\b|\bnot\b|n['’]t|nothing|\?|which/i;

/** A reply with some titles, and without others. */
const lists = (these: readonly string[], notThose: readonly string[] = []): RegExp =>
  new RegExp(
    `^${these.map((title) => `(?=[^]*${title})`).join("")}${notThose
      .map((title) => `(?![^]*${title})`)
      .join("")}`,
    "i",
  );

/** A hundred everyday phrasings, by somebody who never saw the code. */
export const thirteenthSight: readonly Wish[] = [
  // Adding, with dates, times, priorities and repeats.
  say(
    "i should drop the car off at the garage thursday 8am",
    add(/^drop (the )?car off at (the )?garage$/i, { due: "2026-03-05 08:00" }),
  ),
  say(
    "Renew the library books by next Monday",
    add("renew the library books", { due: "2026-03-09" }),
  ),
  say(
    "put 'order a cake for Leo' down for the 14th, high priority please",
    add("order a cake for Leo", { due: "2026-03-14", priority: "high" }),
  ),
  say(
    "Can you jot down that I have to return Mia's drill on Saturday?",
    add("return Mia's drill", { due: "2026-03-07" }),
  ),
  say(
    "Two things: wash the curtains on Sunday and defrost the freezer on Monday",
    add("wash the curtains", { due: "2026-03-08" }),
    add("defrost the freezer", { due: "2026-03-09" }),
  ),
  say(
    "remind me in 45 minutes to take the bread out of the oven",
    add("take the bread out of the oven", { due: "2026-03-04 11:15" }),
  ),
  say(
    "vacuum the car every other Saturday",
    add("vacuum the car", { due: "2026-03-07", repeat: otherSaturdays }),
  ),
  say(
    "On the 1st of each month I need to back up my photos",
    add("back up my photos", { due: "2026-04-01", repeat: monthly(1) }),
  ),
  say(
    "pilates every tuesday and thursday at 7pm",
    add("pilates", { due: "2026-03-05 19:00", repeat: tuesdaysAndThursdays }),
  ),
  say("low prio, no rush: sort the spice rack", add("sort the spice rack", { priority: "low" })),
  say(
    "super important!! passport photo appointment tmrw 11:15",
    add("passport photo appointment", { due: "2026-03-05 11:15", priority: "high" }),
  ),
  say(
    "need to ring the landlord abt the leaky tap 2nite",
    add(/^ring the landlord (abt|about) the leaky tap$/i, { due: tonight }),
  ),
  say(
    "March 19, noon: hand in the scholarship application",
    add("hand in the scholarship application", { due: "2026-03-19 12:00" }),
  ),
  say(
    "Add a task for tomorrow afternoon at half past three: fetch the dry cleaning",
    add("fetch the dry cleaning", { due: "2026-03-05 15:30" }),
  ),
  say(
    "The water filter needs replacing in six weeks",
    add(/^((the )?water filter needs replacing|replace (the )?water filter)$/i, {
      due: "2026-04-15",
    }),
  ),
  say(
    "book flights to Porto asap",
    add("book flights to Porto", { due: /^(2026-03-04)?$/, priority: "high" }),
  ),
  say(
    "dont let me forget mums bday on the 22nd",
    add(/^mum['’]?s (bday|birthday)$/i, { due: "2026-03-22" }),
  ),
  say(
    "every morning at 7 take vitamin D",
    add("take vitamin D", { due: "2026-03-05 07:00", repeat: daily }),
  ),
  say(
    "Submit the VAT return every three months, starting 10 April",
    add("submit the VAT return", { due: "2026-04-10", repeat: quarterly }),
  ),
  say(
    "renew the kayak licence every year on 3 October",
    add("renew the kayak licence", { due: "2026-10-03", repeat: yearly }),
  ),
  say(
    "last friday of every month: fill in my timesheet",
    add("fill in my timesheet", { due: "2026-03-27", repeat: lastFridays }),
  ),
  say(
    "new todo - swap winter tyres, end of the month",
    add("swap winter tyres", { due: "2026-03-31" }),
  ),
  say("Could you stick 'measure the hallway' on my list for me? thx", add("measure the hallway")),
  say(
    "The day after tomorrow I've got to pick Grandpa up from the station at 4:20 pm",
    add("pick Grandpa up from the station", { due: "2026-03-06 16:20" }),
  ),
  say(
    "every weekday at 8:15 am i gotta walk the neighbours dog",
    add(/^walk the neighbour['’]?s dog$/i, { due: "2026-03-05 08:15", repeat: weekdays }),
  ),
  say(
    "hey so ive been meaning to fix the squeaky door, lets do it saturday",
    add("fix the squeaky door", { due: "2026-03-07" }),
  ),
  say(
    "1) buy masking tape 2) sand the shelf 3) paint the shelf",
    add("buy masking tape"),
    add("sand the shelf"),
    add("paint the shelf"),
  ),
  say(
    "Low priority for next week: compare electricity tariffs",
    add("compare electricity tariffs", { due: nextWeek, priority: "low" }),
  ),
  say(
    "I have a job interview with Siemens on Tuesday at 14:00",
    add(/^(a )?job interview with Siemens$/i, { due: "2026-03-10 14:00" }),
  ),
  say(
    "grab oat milk for the office 2moro",
    add("grab oat milk for the office", { due: "2026-03-05" }),
  ),
  say(
    "Sign up for the first-aid course (deadline 17 March)",
    add("sign up for the first-aid course", { due: "2026-03-17" }),
  ),
  say(
    "add to my list: reply to the wedding invite. It's urgent, due today by 6pm",
    add("reply to the wedding invite", { due: "2026-03-04 18:00", priority: "high" }),
  ),
  say(
    "Apply for parental leave in two weeks' time, top priority",
    add("apply for parental leave", { due: "2026-03-18", priority: "high" }),
  ),
  say(
    "every 3 days mist the orchids",
    add("mist the orchids", {
      due: /^2026-03-0[4-7]$/,
      repeat: "FREQ=DAILY;INTERVAL=3",
    }),
  ),
  say(
    "add 'ring the plumber' with the note: ask for a written quote",
    add("ring the plumber", { description: /^ask for a written quote\.?$/i }),
  ),

  // Changing dates, priorities and titles.
  say("the rent isnt due till the 9th", due(rent, "2026-03-09")),
  say("Move the dentist call to Monday at 10 am", due(dentist, "2026-03-09 10:00")),
  say("Bump the report up to high priority", set(report, { priority: "high" })),
  say("The tax forms can wait until next Wednesday", due(tax, /^2026-03-11( 12:00)?$/)),
  say(
    "Let's call the Anna one 'email Anna the floor plan' instead",
    set(anna, { title: "email Anna the floor plan" }),
  ),
  say("push the dentist back by 2 hours", due(dentist, "2026-03-06 19:00")),
  say("Give the report a deadline: 20 March, 5pm", due(report, "2026-03-20 17:00")),
  say("I'd rather call the dentist at 9:30 am, same day", due(dentist, "2026-03-06 09:30")),
  say("Take the date off the rent one", due(rent, noDate)),
  say("rename the milk thing to buy oat milk", set(milk, { title: "buy oat milk" })),
  say("bring the rent forward a day", due(rent, "2026-03-04")),
  say(
    "plz chnage the bob email 2 friday n make it high prio",
    set(bob, { due: "2026-03-06", priority: "high" }),
  ),
  say(
    "tax forms AND rent both to friday",
    due(tax, /^2026-03-06( 12:00)?$/),
    due(rent, "2026-03-06"),
  ),
  say("buying milk has to happen today", due(milk, "2026-03-04")),
  say(
    "From now on the plants need to be watered every 4 days",
    set(plants, { due: /^2026-03-0[4-8]$/, repeat: "FREQ=DAILY;INTERVAL=4" }),
  ),
  say(
    "Add a note to the report: use the new template",
    set(report, { description: /^use the new template\.?$/i }),
  ),
  say("rent's not that urgent tbh, medium will do", set(rent, { priority: "medium" })),

  // Completing.
  say("Rent's paid, phew", done(rent)),
  say("got the milk on my way home", done(milk)),
  say("I finally submitted those darn tax forms", done(tax)),
  say("called the dentist just now so thats sorted", done(dentist)),
  either("Both emails went out this morning", [done(anna), done(bob)], asks),
  either("tick off the plants and the report", [done(plants), done(report)], asks),
  say("Anna's been emailed ✅", done(anna)),
  say("writing teh report: done n dusted", done(report)),
  either(
    "Everything except the report is finished",
    except(report).map((title) => done(title)),
    asks,
  ),
  say("I've watered the plants but haven't bought milk yet", done(plants)),
  say("Mark whatever is due on Friday as complete", done(dentist)),
  say("the invoice never went through, un-tick it", open(invoice)),

  // Deleting.
  say("Forget about emailing Bob", gone(bob)),
  say("no need to call the dentist any more, bin it", gone(dentist)),
  say("Get rid of the plants task, they died", gone(plants)),
  either("clear out the stuff ive already finished", [gone(kitchen), gone(invoice)], asks),
  either("Scrap the report, and the milk too", [gone(report), gone(milk)], asks),
  say("delete number five pls", gone(anna)),
  either("the email ones can go, both of em", [gone(anna), gone(bob)], asks),

  // Asking about the list.
  nothing("whats on for thurs?", lists([rent], [dentist, milk])),
  nothing("Am I late with anything?", lists([tax], [dentist, milk])),
  nothing("How many things are still open?", /\b(8|eight)\b/i),
  nothing("when's the dentist call again?", lists(["dentist"], [milk, report])),
  nothing("Have I paid the rent yet?", lists(["rent"], [milk, report])),
  nothing("Show me the important stuff only", lists([tax, rent], [milk, plants])),
  nothing("what have I ticked off so far", lists([kitchen, invoice], [milk, rent])),
  nothing("Is there anything about Bob in there?", lists([bob], [dentist, milk])),
  nothing("which ones dont have a date", lists([milk, anna, bob, report, plants], [rent, dentist])),
  nothing("What's left for the rest of this week?", lists([rent, dentist], [milk, report])),

  // Corrections and follow-ups.
  then(
    "buy a lampshade tomorrow",
    say("sorry, I meant Saturday", due("buy a lampshade", "2026-03-07")),
  ),
  then(
    "Remind me to ring Oma on Sunday",
    say("make that 4pm", due("ring Oma", "2026-03-08 16:00")),
  ),
  then("I bought milk", say("wait no, that was cream, i still need the milk", open(milk))),
  then(
    "delete the plants task",
    say("oops, wrong one, bring it back", add(plants, { priority: "low" })),
  ),
  then("Show me the high priority ones", say("The second one is done", done(rent))),
  then(
    "add hoover the stairs",
    say(
      "every Saturday actually",
      set("hoover the stairs", { due: "2026-03-07", repeat: weekly("SA") }),
    ),
  ),
  then("I sent the email", say("the one to Bob", done(bob))),
  then(
    "paint the fence on friday",
    say("also high prio pls", set("paint the fence", { priority: "high" })),
  ),
  then("add order new glasses", say("no wait, scrap that", gone("order new glasses"))),
  then(
    "Move the rent to the 10th",
    say("Hmm, on second thoughts put it back the way it was", due(rent, "2026-03-05")),
  ),
  then("add wash the dog", say("and trim his claws too", add("trim his claws"))),

  // No task, or nothing that can be done.
  nothing("How tall is the Zugspitze?"),
  nothing("cheers, you're a lifesaver"),
  either("Please actually send the email to Anna for me", abstains),
  nothing("ugh what a day"),
  either("Share my list with my husband", abstains),
  nothing("delete the yoga class", missing),
  nothing("move that one to friday", missing),
  either("move the rent to 31 February", abstains),
];
