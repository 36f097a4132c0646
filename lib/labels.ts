const [name, value] = ["app.kubernetes.io/part-of", "todo-chatbot"] as const;

/** The label of everything that belongs to the application, inside the chart and beside it. */
export const partOf = { [name]: value };

/** Selects what {@link partOf} labels, as the Kubernetes API reads selectors. */
export const partOfSelector = `${name}=${value}`;

/** Whether an object with these labels belongs to the application. */
export const isPart = (labels: Readonly<Record<string, string>> = {}): boolean =>
  labels[name] === value;
