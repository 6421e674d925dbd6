/**
 * For `node --import`: drizzle-orm is loaded three times as fast. Without it everything works, but starts later.
 *
 * To know the format of a module, Node parses all of its package's `exports`. Those of drizzle-orm are 170 kB, and a
 * hundred of its modules are loaded. They are ES modules, as what imports them is.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context;
    const isOurs =
      parentURL?.includes('/node_modules/drizzle-orm/') && /^\.+\/.*\.js$/.test(specifier);
    if (!isOurs) return nextResolve(specifier, context);
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
  },
});
