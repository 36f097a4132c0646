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

/** A part of a day, with a time or without. */
const morningOf = (day: string) => new RegExp(`^${day}( (0[6-9]|1[01]):\\d\\d)?$`);
const eveningOf = (day: string) => new RegExp(`^${day}( (1[7-9]|2[0-3]):\\d\\d)?$`);
const fortnightly = /^FREQ=WEEKLY;INTERVAL=2(;BYDAY=TH)?$/;
const quarterly = /^FREQ=MONTHLY;INTERVAL=3(;BYMONTHDAY=1)?$/;
const yearly = /^FREQ=YEARLY(;INTERVAL=1)?(;BYMONTH=4)?(;BYMONTHDAY=12)?$/;
const lastFriday = /^FREQ=MONTHLY(;INTERVAL=1)?;BYDAY=(-1FR|FR;BYSETPOS=-1)$/;
const firstMonday = /^FREQ=MONTHLY(;INTERVAL=1)?;BYDAY=(1MO|\+1MO|MO;BYSETPOS=1)$/;

/** An answer with some titles and without others. */
function shows(shown: readonly string[], hidden: readonly string[] = except(...shown)): RegExp {
  const has = shown.map((title) => `(?=[^]*${title})`);
  const lacks = hidden.map((title) => `(?![^]*${title})`);
  return new RegExp(`^${has.join("")}${lacks.join("")}`, "i");
}

/** Everyday phrasings, by somebody who never saw the code. */
export const twelfthSight: readonly Wish[] = [
  // adding (40)
  say(
    "Remind me to pick up the dry cleaning on Friday at 4pm",
    add(/^pick up (the )?dry cleaning$/i, { due: "2026-03-06 16:00" }),
  ),
  say(
    "I need to pay the electricity bill by March 20",
    add(/^pay (the )?electricity bill$/i, { due: "2026-03-20" }),
  ),
  say(
    "Eye exam for Lily on Tuesday at 10:15",
    add(/^eye exam for Lily$/i, { due: "2026-03-10 10:15" }),
  ),
  say(
    "Buy a birthday present for Tom before Saturday",
    add(/^buy (a )?birthday present for Tom$/i, { due: /^2026-03-0[67]$/ }),
  ),
  say(
    "Take out the trash every Monday evening",
    add(/^take out (the )?trash$/i, { due: eveningOf("2026-03-09"), repeat: weekly("MO") }),
  ),
  say(
    "Add a high priority task to renew my car insurance by the end of the month",
    add(/^renew (my )?car insurance$/i, { due: "2026-03-31", priority: "high" }),
  ),
  say(
    "Don't let me forget to feed the cat tonight",
    add(/^feed (the )?cat$/i, { due: eveningOf("2026-03-04") }),
  ),
  say("Call grandma in two hours", add(/^call grandma$/i, { due: "2026-03-04 12:30" })),
  say(
    "submit the expense claim a week from today",
    add(/^submit (the )?expense claim$/i, { due: "2026-03-11" }),
  ),
  say("low priority: sort old photos", add(/^sort old photos$/i, { priority: "low" })),
  say(
    "Pick up the kids from school at 3:30 today",
    add(/^pick up (the )?kids from school$/i, { due: "2026-03-04 15:30" }),
  ),
  say(
    "vaccum the living room saturday morning",
    add(/^vacc?uu?m (the )?living room$/i, { due: morningOf("2026-03-07") }),
  ),
  say(
    "hey can you add 'finish slides' for thurs 11am, it's really important",
    add(/^finish slides$/i, { due: "2026-03-05 11:00", priority: "high" }),
  ),
  say(
    "every weekday at 8:30 check the support inbox",
    add(/^check (the )?support inbox$/i, { due: "2026-03-05 08:30", repeat: weekdays }),
  ),
  say(
    "Pay the credit card on the 15th of each month",
    add(/^pay (the )?credit card$/i, { due: "2026-03-15", repeat: monthly(15) }),
  ),
  say(
    "Replace the water filter every three months, starting April 1",
    add(/^replace (the )?water filter$/i, { due: "2026-04-01", repeat: quarterly }),
  ),
  say(
    "Mom's birthday is on April 12, remind me every year",
    add(/^mom['’]s birthday$/i, { due: "2026-04-12", repeat: yearly }),
  ),
  say("gotta get gas tmrw", add(/^get gas$/i, { due: "2026-03-05" })),
  say("add: oil change, 3/18, 9am", add(/^oil change$/i, { due: "2026-03-18 09:00" })),
  say("Wash the car this weekend", add(/^wash (the )?car$/i, { due: weekend })),
  say(
    "I have to hand in my thesis on June 1st at noon",
    add(/^hand in (my )?thesis$/i, { due: "2026-06-01 12:00" }),
  ),
  say(
    "new task - print boarding passes - due sunday - high prio",
    add(/^print boarding passes$/i, { due: "2026-03-08", priority: "high" }),
  ),
  say("Read chapter 4 by tomorrow", add(/^read chapter 4$/i, { due: "2026-03-05" })),
  say(
    "tomorrow: buy stamps, mail the package and return the shoes",
    add(/^buy stamps$/i, { due: "2026-03-05" }),
    add(/^mail (the )?package$/i, { due: "2026-03-05" }),
    add(/^return (the )?shoes$/i, { due: "2026-03-05" }),
  ),
  say(
    "pick up my prescription by 6 today pls",
    add(/^pick up (my )?prescription$/i, { due: "2026-03-04 18:00" }),
  ),
  say(
    "Team lunch the day after tomorrow at half past twelve",
    add(/^team lunch$/i, { due: "2026-03-06 12:30" }),
  ),
  say(
    "watch 2 Fast 2 Furious friday night",
    add(/^watch 2 Fast 2 Furious$/i, { due: eveningOf("2026-03-06") }),
  ),
  say(
    "send the Q3 numbers to accounting on Monday, urgent!!",
    add(/^send (the )?Q3 numbers to accounting$/i, { due: "2026-03-09", priority: "high" }),
  ),
  say(
    "Clean out the fridge on the last Friday of every month",
    add(/^clean out (the )?fridge$/i, { due: "2026-03-27", repeat: lastFriday }),
  ),
  say(
    "yo put laundry on my list for 2nite",
    add(/^(do )?(the )?laundry$/i, { due: eveningOf("2026-03-04") }),
  ),
  say(
    "at 5pm on the 9th i have to meet the plumber",
    add(/^meet (the )?plumber$/i, { due: "2026-03-09 17:00" }),
  ),
  say("Ask Jenny about Monday's meeting", add(/^ask Jenny about Monday['’]s meeting$/i)),
  say(
    "Take vitamins daily at 8am",
    add(/^take vitamins$/i, { due: "2026-03-05 08:00", repeat: daily }),
  ),
  say(
    'put "Call Mike back" on there w/ top priority',
    add(/^call Mike back$/i, { priority: "high" }),
  ),
  say(
    "it's not urgent but i should back up my laptop sometime next week",
    add(/^back up (my )?laptop$/i, { due: nextWeek, priority: /^(low|medium)$/ }),
  ),
  say(
    "remind me in 45 min to take the pizza out of the oven",
    add(/^take (the )?pizza out of the oven$/i, { due: "2026-03-04 11:15" }),
  ),
  say(
    "Every first Monday of the month: send team newsletter",
    add(/^send (the )?team newsletter$/i, { due: "2026-04-06", repeat: firstMonday }),
  ),
  say(
    "Could you please remind me to delete the old backups on Friday?",
    add(/^delete (the )?old backups$/i, { due: "2026-03-06" }),
  ),
  say(
    "every other thursday, starting tmrw, put out the recycling",
    add(/^put out (the )?recycling$/i, { due: "2026-03-05", repeat: fortnightly }),
  ),
  either(
    "i wanna sign up for yoga, also gotta cancel my gym membership by march 31",
    [add(/^sign up for yoga$/i), add(/^cancel (my )?gym membership$/i, { due: "2026-03-31" })],
    [
      add(/^sign up for yoga$/i, { due: "2026-03-31" }),
      add(/^cancel (my )?gym membership$/i, { due: "2026-03-31" }),
    ],
  ),

  // changing (20)
  say("Move the dentist to Monday", due(dentist, /^2026-03-09( 17:00)?$/)),
  say("The rent is actually due on the 6th", due(rent, "2026-03-06")),
  say("Push the tax forms to Friday at noon", due(tax, "2026-03-06 12:00")),
  say("Make the report high priority", set(report, { priority: "high" })),
  say("bump the plants up to medium", set(plants, { priority: "medium" })),
  say("The tax forms aren't that urgent anymore, set them to low", set(tax, { priority: "low" })),
  say("Rename buy milk to buy oat milk", set(milk, { title: "buy oat milk" })),
  say("change 'email Anna' to 'call Anna'", set(anna, { title: "call Anna" })),
  say("Postpone the dentist by a week", due(dentist, "2026-03-13 17:00")),
  say("Make the dentist call an hour earlier", due(dentist, "2026-03-06 16:00")),
  say("Remove the due date from pay rent", due(rent, noDate)),
  say("buy milk: set that one for tomorrow evening", due(milk, eveningOf("2026-03-05"))),
  say("The report has to be finished by Thursday 5pm", due(report, "2026-03-05 17:00")),
  say("pls set email bob 2 high prio n due fri", set(bob, { priority: "high", due: "2026-03-06" })),
  say(
    "Make the plants task repeat every Saturday",
    set(plants, { repeat: weekly("SA"), due: "2026-03-07" }),
  ),
  say("pay rent should repeat on the 5th of every month", set(rent, { repeat: monthly(5) })),
  say("both emails should be done by tomorrow", due(anna, "2026-03-05"), due(bob, "2026-03-05")),
  say("dentist at 3 instead of 5 plz", due(dentist, "2026-03-06 15:00")),
  say("actualy the rent can wait til sunday", due(rent, "2026-03-08")),
  say(
    "the budget email is super important, it must go out today!!",
    set(bob, { priority: "high", due: "2026-03-04" }),
  ),

  // completing (15)
  say("I've just paid the rent", done(rent)),
  say("The tax forms are submitted, finally!", done(tax)),
  say("milk bought ✅", done(milk)),
  say("Done with the report", done(report)),
  say("Please tick off the dentist", done(dentist)),
  say("I finished writing the report and watered the plants", done(report), done(plants)),
  say("check off milk and both emails", done(milk), done(anna), done(bob)),
  say("Everything is done except the tax forms", ...except(tax).map(done)),
  say("Mark all the high priority tasks as complete", done(tax), done(rent)),
  say("finsihed wrting teh report", done(report)),
  say("The first two are done", done(tax), done(rent)),
  say("can u mark rent as payed thx", done(rent)),
  say(
    "paid the rent, and add buy lightbulbs for saturday",
    done(rent),
    add(/^buy lightbulbs$/i, { due: "2026-03-07" }),
  ),
  say("I haven't actually cleaned the kitchen yet, please reopen it", open(kitchen)),
  either("rent's paid & dentist called, what else is open?", {
    effects: [done(rent), done(dentist)],
    reply: shows(except(rent, dentist), []),
  }),

  // deleting (8)
  say("Delete the milk task", gone(milk)),
  say("get rid of the plants one", gone(plants)),
  either("I don't need to call the dentist anymore", [gone(dentist)], asks),
  say("Remove both email tasks", gone(anna), gone(bob)),
  say("scrap the report... and the milk too", gone(report), gone(milk)),
  either("Clear out everything that's already done", [gone(kitchen), gone(invoice)], asks),
  say("pls del task 7", gone(report)),
  either(
    "wipe the whole list",
    [...openTasks, kitchen, invoice].map(gone),
    openTasks.map(gone),
    asks,
  ),

  // asking about the list (12)
  nothing("What's on my list?", shows(openTasks)),
  nothing("What do I have to do tomorrow?", shows([rent], except(rent, tax))),
  nothing("Anything due on Friday?", shows([dentist])),
  nothing("What's overdue?", shows([tax])),
  nothing("How many things do I have left to do?", /\b(8|eight)\b/i),
  nothing("Which tasks are high priority?", shows([tax, rent])),
  nothing("show me what i've already finished", shows([kitchen, invoice], openTasks)),
  either(
    "When is the rent due?",
    { effects: [], reply: /tomorrow|thursday|\bthu\b|mar(ch)? 5|5 mar|2026-03-05/i },
    { effects: [], reply: shows([rent]) },
  ),
  either(
    "do i still need to email bob?",
    { effects: [], reply: /\byes\b/i },
    { effects: [], reply: shows([bob]) },
  ),
  nothing("whats still missing a due date", shows(except(tax, rent, dentist))),
  nothing("which emails do i still have 2 send", shows([anna, bob])),
  either("anything on for saturday?", {
    effects: [],
    reply: new RegExp(
      `${shows([], except(tax)).source}[^]*\\b(no|nothing|none|not|free|0)\\b`,
      "i",
    ),
  }),

  // corrections and follow-ups (15)
  then("add buy stamps", say("for tomorrow", due("buy stamps", "2026-03-05"))),
  then(
    "add buy stamps",
    say("oh and make it high priority", set("buy stamps", { priority: "high" })),
  ),
  then(
    "remind me to call mum tomorrow at 3pm",
    say("sorry, i meant 4", due("call mum", "2026-03-05 16:00")),
  ),
  then("I paid the rent", say("wait, no, I haven't paid it yet", open(rent))),
  then(
    "delete pay rent",
    say("oops, bring it back", add(rent, { due: "2026-03-05", priority: "high" })),
  ),
  then("delete the email task", say("The one to Bob", gone(bob))),
  then("show my list", say("number 3 is done", done(dentist))),
  then("what's due tomorrow?", say("Push it to Friday", due(rent, "2026-03-06"))),
  then(
    "set the dentist to monday",
    say("hmm actually tuesday 9:30", due(dentist, "2026-03-10 09:30")),
  ),
  then(
    "call mum every sunday",
    say("It shouldn't repeat after all, just this Sunday", set("call mum", { repeat: "" })),
  ),
  then(
    "add dinner with Paul on friday at 8pm",
    say("typo, its Paula not Paul", set("dinner with Paul", { title: "dinner with Paula" })),
  ),
  then("add buy stamps", say("nvm, delete that", gone("buy stamps"))),
  then(
    "make the report high priority",
    say("Same for the email to Bob", set(bob, { priority: "high" })),
  ),
  then("mark all high priority tasks as done", say("oh no, undo that!!", open(tax), open(rent))),
  then(
    "remind me",
    say("to book the flights tomorrow", add(/^book (the )?flights$/i, { due: "2026-03-05" })),
  ),

  // no task, or can't be done (10)
  nothing("hi there!"),
  nothing("Thanks, that's all for today"),
  nothing("how r u doing?"),
  nothing("What can you do?", /add|task|list/i),
  nothing("whats the weather like in berlin rn"),
  nothing("Tell me a joke"),
  either("Can you share my list with my wife?", abstains),
  either("attach a photo to the report task", refuses),
  either("Add a new task", asks),
  nothing("mark the garage task as done", /\bno\b|n['’]t|not|which|\?/i),
];
