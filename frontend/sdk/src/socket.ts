/** The live channel's WebSocket, signed in by its first word: the token is in no address and in no header. */
import type { Outside, Socket } from '../../src/live/channel';

const SIGN_IN = 'ringcard.sign-in';

export function socketWith(token: string): (url: string) => Socket {
  return (url) => {
    const web = new WebSocket(url, SIGN_IN);
    const socket: Socket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => web.send(text),
      close: () => web.close(),
    };
    web.onopen = () => {
      web.send(JSON.stringify({ type: 'sign_in', token }));
      socket.onopen?.();
    };
    web.onmessage = (event) => socket.onmessage?.({ data: event.data as unknown });
    web.onclose = (event) => socket.onclose?.({ code: event.code });
    return socket;
  };
}

export function outsideWith(token: string): Outside {
  return {
    open: socketWith(token),
    nowMs: () => Date.now(),
    random: () => Math.random(),
    later: (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}
