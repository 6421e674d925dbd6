/** Lets selenium-webdriver speak to Firefox by Marionette instead of by HTTP to a driver program. */
import { error } from 'selenium-webdriver';
import { type Command, type Executor, Name } from 'selenium-webdriver/lib/command.js';
import { type Marionette, MarionetteError } from './marionette.ts';

/** Those that the tests use. */
const commands: Readonly<Record<string, string>> = {
  [Name.GET]: 'WebDriver:Navigate',
  [Name.GET_CURRENT_URL]: 'WebDriver:GetCurrentURL',
  [Name.GET_TITLE]: 'WebDriver:GetTitle',
  [Name.GO_BACK]: 'WebDriver:Back',
  [Name.REFRESH]: 'WebDriver:Refresh',
  [Name.FIND_ELEMENT]: 'WebDriver:FindElement',
  [Name.FIND_ELEMENTS]: 'WebDriver:FindElements',
  [Name.GET_ACTIVE_ELEMENT]: 'WebDriver:GetActiveElement',
  [Name.CLICK_ELEMENT]: 'WebDriver:ElementClick',
  [Name.CLEAR_ELEMENT]: 'WebDriver:ElementClear',
  [Name.SEND_KEYS_TO_ELEMENT]: 'WebDriver:ElementSendKeys',
  [Name.GET_ELEMENT_TEXT]: 'WebDriver:GetElementText',
  [Name.GET_ELEMENT_ATTRIBUTE]: 'WebDriver:GetElementAttribute',
  [Name.IS_ELEMENT_DISPLAYED]: 'WebDriver:IsElementDisplayed',
  [Name.EXECUTE_SCRIPT]: 'WebDriver:ExecuteScript',
  [Name.EXECUTE_ASYNC_SCRIPT]: 'WebDriver:ExecuteAsyncScript',
  [Name.ACTIONS]: 'WebDriver:PerformActions',
  [Name.GET_CURRENT_WINDOW_HANDLE]: 'WebDriver:GetWindowHandle',
  [Name.SCREENSHOT]: 'WebDriver:TakeScreenshot',
};

/** The key under which WebDriver names an element (W3C WebDriver §12.1). */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

export function marionetteExecutor(marionette: Marionette): Executor {
  return {
    async execute(command: Command): Promise<unknown> {
      const name = commands[command.getName()];
      if (name === undefined) throw new error.UnknownCommandError(command.getName());
      try {
        return unwrap(await marionette.send(name, parametersOf(command)));
      } catch (failure) {
        if (failure instanceof MarionetteError) error.throwDecodedError({ ...failure.failure });
        throw failure;
      }
    },
  };
}

/** By HTTP the element would stand in the path; here it is a text. */
function parametersOf(command: Command): object {
  const {
    sessionId: _,
    id,
    ...rest
  } = command.getParameters() as {
    sessionId: unknown;
    id?: Record<string, string>;
  };
  // A picture of what is seen, not of the whole page.
  const full = command.getName() === Name.SCREENSHOT ? { full: false } : {};
  return { ...full, ...rest, ...(id && { id: id[elementKey] }) };
}

function unwrap(result: unknown): unknown {
  const isWrapped = typeof result === 'object' && result !== null && 'value' in result;
  return isWrapped ? result.value : result;
}
