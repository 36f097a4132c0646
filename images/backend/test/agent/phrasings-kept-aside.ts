import { ask, say, then, type Phrasing } from "./phrasing.ts";

const done = (title: string) => ["complete", title] as const;
const gone = (title: string) => ["delete", title] as const;

/**
 * Kept aside: written when the agent was finished, tried once, and not used to improve it. What it
 * gets right here is an estimate of how it does with people.
 */
export const keptAside: readonly Phrasing[] = [
  say("add vacuum the living room", ["add", "vacuum the living room"]),
  say("Could you add 'water filter' to my list please?", ["add", "water filter"]),
  say("I have to hand in my essay by Monday", ["add", "hand in my essay", { due: "2026-03-09" }]),
  say("remind me to take the bins out tomorrow night", [
    "add",
    "take the bins out",
    { due: "2026-03-05 21:00" },
  ]),
  say("add a new task called Quarterly review", ["add", "Quarterly review"]),
  say("new task buy lightbulbs", ["add", "buy lightbulbs"]),
  say("I'd like to add renew library card due next wednesday", [
    "add",
    "renew library card",
    { due: "2026-03-11" },
  ]),
  say("put 'pick up prescription' on my list for today", [
    "add",
    "pick up prescription",
    { due: "2026-03-04" },
  ]),
  say("schedule oil change on april 2nd at 8:30am", [
    "add",
    "oil change",
    { due: "2026-04-02 08:30" },
  ]),
  say("add pay electricity bill, high priority, due friday", [
    "add",
    "pay electricity bill",
    { priority: "high", due: "2026-03-06" },
  ]),
  say("don't forget to call the landlord about the heating", [
    "add",
    "call the landlord about the heating",
  ]),
  say(
    "add clean the oven and defrost the freezer",
    ["add", "clean the oven"],
    ["add", "defrost the freezer"],
  ),
  say("I need to buy cat food, litter and a new bowl", [
    "add",
    "buy cat food, litter and a new bowl",
  ]),
  say(
    "add three things: socks, shirts, shoes",
    ["add", "socks"],
    ["add", "shirts"],
    ["add", "shoes"],
  ),
  say("set a reminder to check the mail in 2 hours", [
    "add",
    "check the mail",
    { due: "2026-03-04 12:30" },
  ]),
  say("todo: call the bank tomorrow morning", [
    "add",
    "call the bank",
    { due: "2026-03-05 09:00" },
  ]),
  say("add review contract with low priority by the end of next week", [
    "add",
    "review contract",
    { priority: "low", due: "2026-03-15" },
  ]),
  say("write thank you notes this weekend", [
    "add",
    "write thank you notes",
    { due: "2026-03-07" },
  ]),
  say("I want to remember to back up my phone", ["add", "back up my phone"]),
  say("show me my todo list", ["list", { status: "all" }]),
  say("what do I have due today?", [
    "list",
    {
      status: "pending",
      dueAfter: "2026-03-03T23:00:00.000Z",
      dueBefore: "2026-03-04T23:00:00.000Z",
    },
  ]),
  say("what have I got left this week", [
    "list",
    {
      status: "pending",
      dueAfter: "2026-03-01T23:00:00.000Z",
      dueBefore: "2026-03-08T23:00:00.000Z",
    },
  ]),
  say("list all completed items", ["list", { status: "completed" }]),
  say("which tasks are overdue?", [
    "list",
    { status: "pending", dueBefore: "2026-03-04T09:30:00.000Z" },
  ]),
  say("show only the open ones", ["list", { status: "pending" }]),
  say("what's the most important thing to do?", ["list", { status: "pending", priority: "high" }]),
  say("is there anything with milk on my list?", ["list", { status: "all", search: "milk" }]),
  say("what's on the agenda for friday?", [
    "list",
    {
      status: "pending",
      dueAfter: "2026-03-05T23:00:00.000Z",
      dueBefore: "2026-03-06T23:00:00.000Z",
    },
  ]),
  say("number 3 is done", done("call the dentist")),
  say("I just finished emailing Anna", done("email Anna")),
  say("mark the plants as complete", done("water the plants")),
  say("I'm finished with the tax forms", done("submit tax forms")),
  say("rent paid", done("pay rent")),
  say("you can check off the milk", done("buy milk")),
  say("completed 7 and 8", done("write the report"), done("water the plants")),
  say("tick number 2", done("pay rent")),
  say("actually the invoice isn't finished", ["reopen", "send invoice"]),
  say("unmark clean the kitchen", ["reopen", "clean the kitchen"]),
  say("change 5 to email Anna about lunch", [
    "update",
    "email Anna",
    { title: "email Anna about lunch" },
  ]),
  say("push the dentist back to monday at 9am", [
    "update",
    "call the dentist",
    { due: "2026-03-09 09:00" },
  ]),
  say("can you make buying milk a high priority", ["update", "buy milk", { priority: "high" }]),
  say("the rent is due tomorrow at noon", ["update", "pay rent", { due: "2026-03-05 12:00" }]),
  say("add a note to task 6 saying ask for the final numbers", [
    "update",
    "email Bob about the budget",
    { description: "ask for the final numbers" },
  ]),
  say("please get rid of number 8", gone("water the plants")),
  say("delete the task to write the report", gone("write the report")),
  say("I no longer need to email Anna", gone("email Anna")),
  ask("delete 1, 2 and 3", /delete 3 tasks.*sure/s),
  ask("empty my list", /delete 10 tasks.*sure/s),
  then(["delete the email one"], "the first one", gone("email Anna")),
  then(["add book flights to Oslo"], "set it to high priority", [
    "update",
    "book flights to Oslo",
    { priority: "high" },
  ]),
];
