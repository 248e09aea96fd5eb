/**
 * Backups of a platform that goes on working, and their way back into an empty one.
 *
 * A backup is a directory: a snapshot of every stream as the brokers make it (snapshot.ts), a copy of the simulated
 * provider's ledger (ledger.ts), and a manifest with checksums (manifest.ts), written last.
 *
 * Nothing stands still meanwhile, so the parts are of different moments, and their order decides whether they agree: what
 * is an effect is taken before its cause (backup.ts). First how far each consumer has acknowledged, then outcomes and dead
 * letters, then the ledger, orders last. Whatever is in a part has its cause in a later one: no outcome without its charge,
 * no charge without its order. What is missing is only effects, and those come about once more: a restored consumer begins
 * after what it had acknowledged (restore.ts), and the provider knows the keys of what was charged.
 *
 * Where most brokers have lost their disks, a backup is made of what one of the others has on its own (salvage.ts).
 */
export { createBackup } from './backup.ts';
export { BackupError } from './errors.ts';
export { type BackupManifest, readBackup } from './manifest.ts';
export { restoreBackup } from './restore.ts';
export { withSalvaged } from './salvage.ts';
