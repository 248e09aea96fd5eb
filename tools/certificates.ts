import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from './errors.ts';
import { type Env, runProgram } from './process.ts';

/** Who a certificate is of, and what its holder may be. */
export type CertificateSpec = {
  /** Of the files `<name>.crt` and `<name>.key`, and the certificate's common name. */
  readonly name: string;
  readonly usages: readonly ('clientAuth' | 'serverAuth')[];
  /** As OpenSSL spells them: `IP:127.0.0.1`, `DNS:localhost`. */
  readonly altNames?: readonly string[];
  /** For how many days it is good; default a year. */
  readonly days?: number;
};

/** A certificate and its key, PEM. */
export type Certificate = { readonly cert: string; readonly key: string };

/** Where certificates are kept; the directory is made by the caller, for nobody else to read. */
export type CertificateOptions = { readonly directory: string; readonly env: Env };

const authorityDays = 3_650;
const certificateDays = 365;
/** One that ends sooner is made anew. */
const leftDaysMin = 30;
const dayMs = 86_400_000;

/** Without the settings of the machine's openssl.cnf, which would make an authority of every certificate. */
const bareConfig = '[req]\ndistinguished_name=name\n[name]\n';

/**
 * Makes an authority: `<name>.crt` and `<name>.key`.
 * @throws ToolError with the words of OpenSSL when it fails, or that says that it is missing
 */
export async function createAuthority(name: string, options: CertificateOptions): Promise<void> {
  await request(name, authorityDays, options, [
    ...extension('basicConstraints=critical,CA:TRUE'),
    ...extension('keyUsage=critical,keyCertSign,cRLSign'),
  ]);
}

/**
 * Makes a key and its certificate, signed by an authority of the same directory. What has the same name is replaced, the
 * key first, so that whoever reads between the two finds them not matching and reads again.
 *
 * @throws as {@link createAuthority} does
 */
export async function createCertificate(
  spec: CertificateSpec,
  authority: string,
  options: CertificateOptions,
): Promise<void> {
  const file = (name: string) => join(options.directory, name);
  await request(spec.name, spec.days ?? certificateDays, options, [
    ...['-CA', file(`${authority}.crt`), '-CAkey', file(`${authority}.key`)],
    ...extension('basicConstraints=critical,CA:FALSE'),
    ...extension('keyUsage=critical,digitalSignature'),
    ...extension(`extendedKeyUsage=${spec.usages.join(',')}`),
    ...(spec.altNames === undefined ? [] : extension(`subjectAltName=${spec.altNames.join(',')}`)),
  ]);
}

/**
 * An authority that is in no file: it was in one, in a folder for nobody else to read, while OpenSSL wrote it.
 * @throws as {@link createAuthority} does
 */
export async function makeAuthority(name: string, env: Env): Promise<Certificate> {
  return inPassing(env, async (options) => {
    await createAuthority(name, options);
    return readCertificate(name, options);
  });
}

/**
 * As {@link createCertificate}, in no file.
 *
 * @param authority of several certificates the first is its own
 * @throws as {@link createAuthority} does
 */
export async function makeCertificate(
  spec: CertificateSpec,
  authority: Certificate,
  env: Env,
): Promise<Certificate> {
  return inPassing(env, async (options) => {
    const issuer = 'issuer';
    await writeFile(join(options.directory, `${issuer}.crt`), authority.cert);
    await writeFile(join(options.directory, `${issuer}.key`), authority.key, { mode: 0o600 });
    await createCertificate(spec, issuer, options);
    return readCertificate(spec.name, options);
  });
}

async function inPassing<T>(env: Env, body: (options: CertificateOptions) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-certificates-'));
  try {
    return await body({ directory, env });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readCertificate(name: string, { directory }: CertificateOptions): Promise<Certificate> {
  const [cert, key] = await Promise.all(
    ['crt', 'key'].map((suffix) => readFile(join(directory, `${name}.${suffix}`), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

/** Whether there is a certificate of that name which lasts for another month. */
export async function isLasting(
  name: string,
  { directory }: CertificateOptions,
  nowMs: number,
): Promise<boolean> {
  try {
    const { validToDate } = new X509Certificate(await readFile(join(directory, `${name}.crt`)));
    return validToDate.getTime() - nowMs > leftDaysMin * dayMs;
  } catch {
    // There is none, or it makes no sense.
    return false;
  }
}

function extension(text: string): readonly string[] {
  return ['-addext', text];
}

async function request(
  name: string,
  days: number,
  { directory, env }: CertificateOptions,
  further: readonly string[],
): Promise<void> {
  const file = (suffix: string) => join(directory, `${name}.${suffix}`);
  await writeFile(file('cnf'), bareConfig);
  try {
    const { exitCode, output } = await runProgram(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-config',
          file('cnf'),
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
        ],
        ...['-noenc', '-days', String(days), '-subj', `/CN=${name}`],
        ...['-keyout', file('key.new'), '-out', file('crt.new'), ...further],
      ],
      { env, cwd: directory },
    );
    if (exitCode !== 0) {
      throw new ToolError(
        'openssl-failed',
        `openssl failed with exit code ${exitCode}:\n${output.trimEnd()}`,
      );
    }
    await rename(file('key.new'), file('key'));
    await rename(file('crt.new'), file('crt'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    const what = 'openssl is missing on PATH, by which certificates are made; install OpenSSL 3';
    throw new ToolError('openssl-failed', what, { cause });
  } finally {
    await Promise.all(['cnf', 'key.new', 'crt.new'].map((suffix) => rm(file(suffix), { force: true })));
  }
}
