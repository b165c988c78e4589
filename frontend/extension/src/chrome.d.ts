/** What of the browser's extension API is used here, in Chromium and in Firefox (which knows `chrome` with promises too). */
declare namespace chrome {
  interface Listeners<Heard extends (...given: never[]) => unknown> {
    addListener(heard: Heard): void;
  }
  namespace runtime {
    const id: string;
    interface MessageSender {
      id?: string;
      url?: string;
      origin?: string;
      frameId?: number;
      tab?: tabs.Tab;
    }
    function getURL(path: string): string;
    function sendMessage(message: unknown): Promise<unknown>;
    function openOptionsPage(): Promise<void>;
    const onMessage: Listeners<
      (message: unknown, sender: MessageSender, answer: (answer: unknown) => void) => boolean
    >;
    const onInstalled: Listeners<(details: { reason: string }) => void>;
    const onStartup: Listeners<() => void>;
  }
  namespace tabs {
    interface Tab {
      id?: number;
      windowId: number;
      active: boolean;
      url?: string;
    }
    function query(wanted: {
      active?: boolean;
      currentWindow?: boolean;
      lastFocusedWindow?: boolean;
      url?: string[];
    }): Promise<Tab[]>;
    function sendMessage(tabId: number, message: unknown, options?: { frameId?: number }): Promise<unknown>;
    function create(tab: { url: string }): Promise<Tab>;
    const onActivated: Listeners<(info: { tabId: number }) => void>;
  }
  namespace windows {
    interface Window {
      id?: number;
    }
    function create(window: {
      url: string;
      type: 'popup';
      width: number;
      height: number;
      focused: boolean;
    }): Promise<Window>;
    function remove(windowId: number): Promise<void>;
  }
  namespace storage {
    interface Area {
      get(keys: string | string[]): Promise<Record<string, unknown>>;
      set(items: Record<string, unknown>): Promise<void>;
      remove(keys: string | string[]): Promise<void>;
      setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>;
    }
    const local: Area;
    const session: Area;
  }
  namespace scripting {
    interface Script {
      id: string;
      matches: string[];
      excludeMatches?: string[];
      js: string[];
      css: string[];
      allFrames: boolean;
      runAt: 'document_idle';
      persistAcrossSessions: boolean;
    }
    function registerContentScripts(scripts: Script[]): Promise<void>;
    function unregisterContentScripts(filter?: { ids: string[] }): Promise<void>;
    function executeScript(what: {
      target: { tabId: number; allFrames: boolean };
      files: string[];
    }): Promise<unknown>;
    function insertCSS(what: {
      target: { tabId: number; allFrames: boolean };
      files: string[];
    }): Promise<void>;
  }
  namespace permissions {
    interface Permissions {
      origins?: string[];
      permissions?: string[];
    }
    function getAll(): Promise<Permissions>;
    function request(wanted: Permissions): Promise<boolean>;
    function remove(given: Permissions): Promise<boolean>;
    const onAdded: Listeners<() => void>;
    const onRemoved: Listeners<() => void>;
  }
  namespace alarms {
    function create(name: string, when: { periodInMinutes: number }): Promise<void>;
    const onAlarm: Listeners<(alarm: { name: string }) => void>;
  }
  namespace action {
    function setBadgeText(badge: { text: string }): Promise<void>;
    function setBadgeBackgroundColor(badge: { color: string }): Promise<void>;
    function setTitle(title: { title: string }): Promise<void>;
  }
  namespace i18n {
    function getMessage(name: string, values?: string[]): string;
    function getUILanguage(): string;
  }
}
