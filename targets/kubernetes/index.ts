/**
 * The platform as `pulumi up` made it: pods of one namespace, found by what the namespace says about itself
 * (`platform.ts`) and by labels, disturbed through the API server (`disturb.ts`).
 *
 * Controllers bring back what ends, as another pod: `roster.ts` remembers which pod is which instance. Nothing inside the
 * cluster can be reached from outside but through the API server, so every address is a port of this machine
 * (`doors.ts`) whose connections are carried (`carry.ts`) by port-forward to the pod that is meant at that moment; only
 * orders take a way of their own where there is one (`load-path.ts`), and else share a few connections (`http-pool.ts`). Load
 * can also be sent from inside, by the pods of a Job (`load-pods.ts`).
 */
export { type LoadPods, startLoadPods } from './load-pods.ts';
export { attachKubernetesTarget, type KubernetesTarget } from './target.ts';
