import { useState, type FocusEvent } from 'react';

import { isTyping } from '../../app/keys';

interface Typing {
  typing: boolean;
  /** A field that goes away with its card is not blurred: say so when another card opens. */
  noLongerTyping: () => void;
  watchTyping: { onFocus: (event: FocusEvent) => void; onBlur: (event: FocusEvent) => void };
}

/** Whether somebody types inside an element; going on to a button beside the field (Save) still counts. */
export function useTyping(): Typing {
  const [typing, setTyping] = useState(false);
  return {
    typing,
    noLongerTyping: () => setTyping(false),
    watchTyping: {
      onFocus: (event) => {
        if (isTyping(event.target)) setTyping(true);
      },
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setTyping(false);
      },
    },
  };
}
