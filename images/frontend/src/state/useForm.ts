import { type SubmitEvent, useCallback, useState } from "react";

import { reasonOf } from "./useTasks.ts";

interface FormState {
  readonly busy: boolean;
  readonly done: boolean;
  readonly failure?: string;
}
const untouched: FormState = { busy: false, done: false };

/**
 * A form that sends something, and shows why that failed.
 *
 * @param explain the cause of a failure, as a sentence.
 */
export function useForm(send: () => Promise<void>, explain = reasonOf) {
  const [state, setState] = useState(untouched);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setState({ busy: true, done: false });
    send().then(
      () => {
        setState({ busy: false, done: true });
      },
      (error: unknown) => {
        setState({ busy: false, done: false, failure: explain(error) });
      },
    );
  };
  /** Takes back what was said about the last attempt. */
  const clear = useCallback(() => {
    setState(untouched);
  }, []);
  return { ...state, submit, clear };
}
