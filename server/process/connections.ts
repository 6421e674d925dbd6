/**
 * A bound on the connections of a server, shared fairly between the addresses that they come from.
 *
 * Guarantees: there are never more than `most`. At the bound, the address that holds most connections
 * gives one up for a new one, so a machine that opens thousands of them keeps nobody out. No address has
 * a limit of its own, because behind one address there may be a proxy, or a whole school.
 */
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../limits/address-key.ts';

interface Connection {
  readonly socket: Socket;
  hasAsked: boolean;
  /** Requests that are not answered to their end. */
  unanswered: number;
  /** Stops counting it. */
  readonly forget: () => void;
}

/** The connections of one address, the oldest first. */
type Held = Set<Connection>;

/** An address that holds this many times as many as that of a new connection gives up any of them. */
const hoard = 8;

export interface ConnectionBound {
  /** Keeps the connections of this server within the bound. */
  guard(server: Server): void;
  /** Goes around the handler, to see which connections are in use. */
  watch(handle: RequestListener): RequestListener;
  /** Whether something that was asked for on this connection is not answered to its end. */
  isInUse(socket: Socket): boolean;
}

export function boundConnections(most: number): ConnectionBound {
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
    if (open > most) cutOff(whoGivesWay([...byAddress.values()], held, connection));
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

function whoGivesWay(all: readonly Held[], own: Held, newcomer: Connection): Connection {
  const most = all.reduce((one, other) => (other.size > one.size ? other : one), own);
  const [oldest = newcomer] = most;
  return (
    firstIdle([...most], newcomer) ??
    (most.size >= hoard * own.size ? oldest : null) ??
    firstIdle(
      all.flatMap((held) => [...held]),
      newcomer,
    ) ??
    newcomer
  );
}

/** One that never asked for anything, else one that rests between two requests. */
function firstIdle(held: readonly Connection[], newcomer: Connection): Connection | undefined {
  const others = held.filter((each) => each !== newcomer);
  return others.find((each) => !each.hasAsked) ?? others.find((each) => each.unanswered === 0);
}

function cutOff({ socket, unanswered, forget }: Connection): void {
  forget();
  // A reset frees what the system still holds for a reader that does not read.
  if (unanswered > 0) socket.resetAndDestroy();
  else socket.destroy();
}
