import { type SubmitEvent, useState } from "react";

import { reasonOf } from "./useTasks.ts";

/** A form that sends something, and shows why that failed. */
export function useForm(send: () => Promise<void>) {
  const [state, setState] = useState<{ busy: boolean; done: boolean; failure?: string }>({
    busy: false,
    done: false,
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setState({ busy: true, done: false });
    send().then(
      () => {
        setState({ busy: false, done: true });
      },
      (error: unknown) => {
        setState({ busy: false, done: false, failure: reasonOf(error) });
      },
    );
  };
  return { ...state, submit };
}
