/**
 * The platform as one typed value. `model.ts` says what a topology is, `platform.ts` is the one that is delivered,
 * `preflight/` says what in a topology endangers orders, `derive/` says what follows from it for the place it runs in.
 *
 * Nothing here touches a process, a socket or a file; whoever runs the platform reads from here what to run.
 */
export * from './derive/index.ts';
export * from './model.ts';
export { names, platform } from './platform.ts';
export { localReplicasOf, type ReplicaCounts, sharingServices, withLocalReplicas } from './replicas.ts';
