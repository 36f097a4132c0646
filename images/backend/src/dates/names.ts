export const weekdays = [
  ...["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
];
export const months = [
  ...["january", "february", "march", "april", "may", "june", "july", "august"],
  ...["september", "october", "november", "december"],
];
