import type { User } from '../../library/types.ts';

/** The person whose account the page shows, with the names as they are now. */
export const owner: { user: User } = { user: { id: '', username: '', displayName: '' } };
