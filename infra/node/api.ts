import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

/**
 * The few calls that a node needs of its own API server. The client library of Kubernetes takes longer to load, and
 * more memory, than these take to run.
 */
export type NodeApi = {
  /** Whether the server is there and its start is over. */
  isReady(): Promise<boolean>;
  get<T>(path: string): Promise<T>;
  post(path: string, body: object): Promise<void>;
  /** Makes the object what `body` says (server-side apply), whatever it was. */
  apply(path: string, body: object): Promise<void>;
  /** An object that is not there counts as deleted. */
  delete(path: string): Promise<void>;
  close(): void;
};

/** The API server answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const timeoutMs = 10_000;
const fieldManager = 'stormproof-node';

/** @param kubeconfig a file that {@link renderKubeconfig} made */
export function connectApi(kubeconfig: string): NodeApi {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const decode = (text: string) => Buffer.from(text, 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: decode(clusters[0].cluster['certificate-authority-data']),
    cert: decode(users[0].user['client-certificate-data']),
    key: decode(users[0].user['client-key-data']),
  });

  const call = (method: string, path: string, body?: object, type = 'application/json') =>
    new Promise<string>((resolve, reject) => {
      const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) };
      const url = new URL(path, clusters[0].cluster.server);
      const outgoing = request(url, { agent, method, headers, timeout: timeoutMs }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode < 300) resolve(text);
          else reject(new ApiError(statusCode, `${method} ${path}: ${statusCode} ${text}`));
        });
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.once('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });

  return {
    isReady: () =>
      call('GET', '/readyz').then(
        () => true,
        () => false,
      ),
    get: async (path) => JSON.parse(await call('GET', path)),
    async post(path, body) {
      await call('POST', path, body);
    },
    async apply(path, body) {
      const query = `?fieldManager=${fieldManager}&force=true`;
      await call('PATCH', `${path}${query}`, body, 'application/apply-patch+yaml');
    },
    async delete(path) {
      await call('DELETE', path).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      });
    },
    close: () => agent.destroy(),
  };
}
