import { expect, it } from 'vitest';
import { brokerFields, brokerLoginOf } from './broker-login.ts';
import { parseConfig } from './config.ts';

const login = (files: Readonly<Record<string, string>>) =>
  brokerLoginOf(parseConfig({ STORMPROOF_NATS_URL: 'nats://127.0.0.1:4222', ...files }, brokerFields));

it('speaks TLS when a certificate, its key and the authorities are named', () => {
  expect(login({})).not.toHaveProperty('tls');
  const files = {
    STORMPROOF_NATS_CERT_FILE: 'cert.pem',
    STORMPROOF_NATS_KEY_FILE: 'key.pem',
    STORMPROOF_NATS_CA_FILE: 'ca.pem',
  };
  expect(login(files).tls).toEqual({ certFile: 'cert.pem', keyFile: 'key.pem', caFile: 'ca.pem' });
});

it('does not speak in the clear because one of them was forgotten', () => {
  expect(() => login({ STORMPROOF_NATS_CERT_FILE: 'cert.pem', STORMPROOF_NATS_KEY_FILE: 'key.pem' })).toThrow(
    'STORMPROOF_NATS_CA_FILE: missing, expected a file',
  );
});
