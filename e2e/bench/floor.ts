/**
 * The floor: the least that a correct relying party must do for a sign-in. Latchkey is compared with it, so that the
 * cost of its other guarantees shows.
 *
 * It is Express with JSON. A random challenge is kept in memory and used once; client data, RP ID, presence and user
 * verification are checked; one native P-256 verification is made; the spent nonce and the session are on the disk
 * (`synchronous=FULL`, group commit) before the answer. There is nothing else: no sealed challenge, no cookie that
 * binds it, no schema, log, metric, security header, audit, decoy or second node. It answers the same calls as
 * Latchkey, so that the same client can drive both.
 */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import Database from 'better-sqlite3';
import express from 'express';
import { groupCommit } from './floor-commit.ts';

const port = Number(process.env.PORT);
const origin = `http://localhost:${port}`;
const rpId = 'localhost';
const challengeTtlMs = 600_000;
const sessionTtlMs = 86_400_000;

const database = new Database(process.env.DATABASE_URL?.slice('file:'.length));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`
  CREATE TABLE IF NOT EXISTS credentials
    (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, username TEXT NOT NULL, public_key BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS credentials_by_user ON credentials (user_id);
  CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS sessions
    (token_hash BLOB PRIMARY KEY, user_id TEXT NOT NULL, expires_at INTEGER NOT NULL);
`);
const findCredential = database.prepare<[string], { user_id: string; public_key: Buffer }>(
  'SELECT user_id, public_key FROM credentials WHERE id = ?',
);
const addCredential = database.prepare('INSERT INTO credentials VALUES (?, ?, ?, ?)');
const spendNonce = database.prepare('INSERT INTO nonces VALUES (?, ?)');
const openSession = database.prepare('INSERT INTO sessions VALUES (?, ?, ?)');
const findSession = database.prepare<[Buffer, number], { username: string }>(
  `SELECT username FROM sessions JOIN credentials USING (user_id)
   WHERE token_hash = ? AND sessions.expires_at > ?`,
);
const write = groupCommit(database);

/** The unused challenges, with their expiry and, for sign-ups, the user. */
const challenges = new Map<string, { expiresAt: number; user?: { id: string; name: string } }>();
setInterval(() => {
  for (const [challenge, { expiresAt }] of challenges) {
    if (expiresAt < Date.now()) challenges.delete(challenge);
  }
}, 60_000).unref();

function giveChallenge(user?: { id: string; name: string }): string {
  const challenge = randomBytes(32).toString('base64url');
  challenges.set(challenge, { expiresAt: Date.now() + challengeTtlMs, ...(user && { user }) });
  return challenge;
}

/** WebAuthn L3 §7.1 and §7.2: checks type, challenge and origin, and uses up the challenge. */
function takeChallenge(clientData: Buffer, expectedType: string) {
  const { type, challenge, origin: from } = JSON.parse(clientData.toString());
  const given = challenges.get(challenge);
  challenges.delete(challenge);
  const fits = type === expectedType && from === origin;
  if (!fits || given === undefined || given.expiresAt < Date.now()) throw new Error('refused');
  return { ...given, challenge: challenge as string };
}

/** Spends the nonce and opens a session; resolves with its token when both are on the disk. */
async function complete(challenge: string, expiresAt: number, userId: string, also?: () => void) {
  const token = randomBytes(32).toString('base64url');
  const tokenHash = createHash('sha256').update(token).digest();
  await write(() => {
    spendNonce.run(challenge, expiresAt);
    also?.();
    openSession.run(tokenHash, userId, Date.now() + sessionTtlMs);
  });
  return token;
}

const bytes = (text: string) => Buffer.from(text, 'base64url');
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();
const rpIdHash = sha256(rpId);
const cookie = { httpOnly: true, sameSite: 'lax' } as const;

const app = express();
app.use(express.json());

app.post('/api/authentication/options', (_request, response) => {
  response.json({ rpId, challenge: giveChallenge(), userVerification: 'required' });
});

app.post('/api/authentication/verify', async (request, response) => {
  const { id, response: signed } = request.body;
  const clientData = bytes(signed.clientDataJSON);
  const authData = bytes(signed.authenticatorData);
  const { challenge, expiresAt } = takeChallenge(clientData, 'webauthn.get');
  const credential = findCredential.get(id);
  // User present (0x01) and verified (0x04)
  const present = ((authData[32] ?? 0) & 0x05) === 0x05;
  const ours = authData.subarray(0, 32).equals(rpIdHash);
  if (credential === undefined || !present || !ours) throw new Error('refused');
  const key = createPublicKey({ key: credential.public_key, format: 'der', type: 'spki' });
  const data = Buffer.concat([authData, sha256(clientData)]);
  if (!verify('sha256', data, key, bytes(signed.signature))) throw new Error('refused');
  const token = await complete(challenge, expiresAt, credential.user_id);
  response.cookie('session', token, cookie).json({ user: { id: credential.user_id } });
});

app.post('/api/registration/options', (request, response) => {
  const user = { id: randomBytes(32).toString('base64url'), name: String(request.body.username) };
  response.json({
    rp: { id: rpId, name: rpId },
    user: { ...user, displayName: user.name },
    challenge: giveChallenge(user),
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
});

app.post('/api/registration/verify', async (request, response) => {
  const { id, response: made } = request.body;
  const taken = takeChallenge(bytes(made.clientDataJSON), 'webauthn.create');
  const { challenge, expiresAt, user } = taken;
  if (user === undefined) throw new Error('refused');
  const key = bytes(made.publicKey);
  createPublicKey({ key, format: 'der', type: 'spki' });
  const token = await complete(challenge, expiresAt, user.id, () =>
    addCredential.run(id, user.id, user.name, key),
  );
  response.status(201).cookie('session', token, cookie).json({ user });
});

/** Forward auth: a session by the hash of its token, and the name of its owner. */
app.get('/api/forward-auth', (request, response) => {
  const [, token = ''] = /session=([\w-]+)/.exec(request.headers.cookie ?? '') ?? [];
  const found = findSession.get(sha256(token), Date.now());
  if (found === undefined) response.status(401).end();
  else response.set('remote-user', found.username).set('content-length', '0').status(200).end();
});

app.get('/readyz', (_request, response) => {
  response.json({});
});
// As long as ours: it is idle while the other one is measured.
app.listen(port).keepAliveTimeout = 65_000;
process.once('SIGTERM', () => process.exit(0));
