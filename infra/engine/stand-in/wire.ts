/** How the engine and a provider write what JSON has no words for (pulumi, sdk/go/common/resource/properties.go). */
const signature = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';
const outputSignature = 'd0e6a833031e9bbcd3f4e8bde6ca49a4';

type Tree = Readonly<Record<string, unknown>>;

/** A value that the engine encrypts wherever it keeps it. */
export function secret(value: unknown): unknown {
  return { [signature]: secretSignature, value };
}

/** The value as it is, without what tells whether it is secret. Values that are not known yet stay what they are. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isTree(value)) return value;
  return signature in value ? plain(value.value) : mapValues(value, plain);
}

/** Inputs as they are to be kept: what is secret is marked so, in one way; the content of every Secret is. */
export function sealed(inputs: Tree): Tree {
  const marked = mapValues(inputs, marks);
  if (inputs.kind !== 'Secret') return marked;
  return mapValues(marked, (value, key) =>
    key === 'data' || key === 'stringData' ? secret(plain(value)) : value,
  );
}

/**
 * What `live` has in the places that `wanted` names, secret where it was secret there. Of a list nobody knows which
 * item became which: it is secret as a whole if a part of it was.
 */
export function liveIn(wanted: unknown, live: unknown): unknown {
  if (isTree(wanted) && signature in wanted) return secret(live);
  if (Array.isArray(wanted)) {
    if (holdsSecret(wanted)) return secret(live);
    if (!Array.isArray(live) || wanted.length !== live.length) return live;
    return wanted.map((item, index) => liveIn(item, live[index]));
  }
  if (!isTree(wanted) || !isTree(live)) return live;
  const shared = Object.entries(wanted).filter(([key]) => live[key] !== undefined);
  return Object.fromEntries(shared.map(([key, value]) => [key, liveIn(value, live[key])]));
}

function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isTree(value) && (signature in value || Object.values(value).some(holdsSecret));
}

function marks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marks);
  if (!isTree(value)) return value;
  if (value[signature] === outputSignature) {
    return value.secret === true ? secret(plain(value.value)) : marks(value.value);
  }
  return value[signature] === secretSignature ? secret(plain(value.value)) : mapValues(value, marks);
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(tree: Tree, change: (value: unknown, key: string) => unknown): Tree {
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, change(value, key)]));
}
