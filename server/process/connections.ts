/**
 * A maximum number of connections of a server, shared fairly between the addresses that they come from.
 *
 * Guarantees: there are never more than `maxConnections`. If there are, the address that holds most connections
 * loses one to a new one, so a machine that opens thousands of them keeps nobody out. No address has a limit of
 * its own, because behind one address there may be a proxy, or a whole school.
 */
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../limits/address-key.ts';

interface Connection {
  readonly socket: Socket;
  hasAsked: boolean;
  /** Requests whose answers are not complete. */
  unanswered: number;
  /** Stops counting it. */
  readonly forget: () => void;
}

/** The connections of one address, the oldest first. */
type Held = Set<Connection>;

/**
 * An address loses idle connections first. If it holds this many times as many connections as the address of a
 * new one, it loses its oldest connection even if that is in use.
 */
const unfairRatio = 8;

export interface ConnectionBound {
  /** Closes connections of this server if there are too many. */
  guard(server: Server): void;
  /** Wraps the handler, to know which connections are in use. */
  watch(handle: RequestListener): RequestListener;
  /** Whether a request on this connection is not answered completely. */
  isInUse(socket: Socket): boolean;
}

export function boundConnections(maxConnections: number): ConnectionBound {
  const byAddress = new Map<string, Held>();
  const connections = new WeakMap<Socket, Connection>();
  let open = 0;

  function admit(socket: Socket): void {
    const address = addressKey(socket.remoteAddress);
    const held: Held = byAddress.get(address) ?? new Set();
    const forget = () => {
      if (!held.delete(connection)) return;
      open -= 1;
      if (held.size === 0) byAddress.delete(address);
    };
    const connection: Connection = { socket, hasAsked: false, unanswered: 0, forget };
    connections.set(socket, connection);
    byAddress.set(address, held.add(connection));
    open += 1;
    socket.once('close', forget);
    if (open > maxConnections) cutOff(chooseToClose([...byAddress.values()], held, connection));
  }

  return {
    guard: (server) => {
      server.on('connection', admit);
    },
    watch: (handle) => (request, response) => {
      const connection = connections.get(request.socket);
      if (connection !== undefined) {
        connection.hasAsked = true;
        connection.unanswered += 1;
        response.once('close', () => {
          connection.unanswered -= 1;
        });
      }
      handle(request, response);
    },
    isInUse: (socket) => (connections.get(socket)?.unanswered ?? 0) > 0,
  };
}

/** The connection to be closed: of the address that holds most, and an idle one if possible. */
function chooseToClose(all: readonly Held[], own: Held, newcomer: Connection): Connection {
  const greatest = all.reduce((one, other) => (other.size > one.size ? other : one), own);
  const [oldest = newcomer] = greatest;
  return (
    firstIdle([...greatest], newcomer) ??
    (greatest.size >= unfairRatio * own.size ? oldest : null) ??
    firstIdle(
      all.flatMap((held) => [...held]),
      newcomer,
    ) ??
    newcomer
  );
}

/** A connection without any request so far, or else one between two requests. */
function firstIdle(held: readonly Connection[], newcomer: Connection): Connection | undefined {
  const others = held.filter((each) => each !== newcomer);
  return others.find((each) => !each.hasAsked) ?? others.find((each) => each.unanswered === 0);
}

function cutOff({ socket, unanswered, forget }: Connection): void {
  forget();
  // A reset frees what the system has buffered for a client that does not read.
  if (unanswered > 0) socket.resetAndDestroy();
  else socket.destroy();
}
