import type { Build, Program } from './program.ts';

/** What a node for trying `pulumi up` on this machine consists of, and the Pulumi CLI for its tests. */
export type KubernetesTool =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl'
  | 'etcd'
  | 'coredns'
  | 'pause'
  | 'netns-forward'
  | 'pulumi'
  | 'pulumi-language-nodejs';

const kubernetes: Build = {
  name: 'kubernetes',
  version: '1.34.3',
  packages: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
    'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  tags: [],
  // Servers ask the first what they are, clients the second; features are switched by the minor version.
  linkVariables: Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((goPackage) => [
      [`${goPackage}.gitVersion`, 'v1.34.3'],
      [`${goPackage}.gitMajor`, '1'],
      [`${goPackage}.gitMinor`, '34'],
      [`${goPackage}.gitTreeState`, 'clean'],
    ]),
  ),
  typicalSeconds: 330,
};

const etcd: Build = {
  name: 'etcd',
  version: '3.6.5',
  packages: { etcd: 'go.etcd.io/etcd/server/v3' },
  tags: [],
  typicalSeconds: 40,
};

const coredns: Build = {
  name: 'coredns',
  version: '1.13.1',
  packages: { coredns: 'github.com/coredns/coredns' },
  tags: [],
  typicalSeconds: 140,
};

/** A few lines of our own, in the module's folder. */
const pause: Build = {
  name: 'pause',
  version: '1.0.0',
  packages: { pause: '.' },
  tags: [],
  typicalSeconds: 5,
};

/** A few lines of our own, in the module's folder. */
const netnsForward: Build = {
  name: 'netns-forward',
  version: '1.0.0',
  packages: { 'netns-forward': '.' },
  tags: [],
  typicalSeconds: 5,
};

/** With the tags of its releases. */
const pulumi: Build = {
  name: 'pulumi',
  version: '3.259.0',
  packages: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
  tags: ['osusergo', 'grpcnotrace'],
  linkVariables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'v3.259.0' },
  typicalSeconds: 290,
};

/** In later versions the package is a module of its own; this one speaks the same protocol with the CLI. */
const pulumiNodejs: Build = {
  name: 'pulumi-nodejs',
  version: '3.60.0',
  packages: { 'pulumi-language-nodejs': 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs' },
  tags: [],
  typicalSeconds: 25,
};

const daemonVersion = { args: ['--version'], pattern: /Kubernetes v(\S+)/ } as const;

export const kubernetesPrograms: Readonly<Record<KubernetesTool, Program>> = {
  'kube-apiserver': {
    name: 'kube-apiserver',
    build: kubernetes,
    version: daemonVersion,
    overrideVariable: 'STORMPROOF_KUBE_APISERVER',
  },
  'kube-controller-manager': {
    name: 'kube-controller-manager',
    build: kubernetes,
    version: daemonVersion,
    overrideVariable: 'STORMPROOF_KUBE_CONTROLLER_MANAGER',
  },
  'kube-scheduler': {
    name: 'kube-scheduler',
    build: kubernetes,
    version: daemonVersion,
    overrideVariable: 'STORMPROOF_KUBE_SCHEDULER',
  },
  kubelet: {
    name: 'kubelet',
    build: kubernetes,
    version: daemonVersion,
    overrideVariable: 'STORMPROOF_KUBELET',
  },
  'kube-proxy': {
    name: 'kube-proxy',
    build: kubernetes,
    version: daemonVersion,
    overrideVariable: 'STORMPROOF_KUBE_PROXY',
  },
  kubectl: {
    name: 'kubectl',
    build: kubernetes,
    version: { args: ['version', '--client'], pattern: /Client Version: v(\S+)/ },
    overrideVariable: 'STORMPROOF_KUBECTL',
  },
  etcd: {
    name: 'etcd',
    build: etcd,
    version: { args: ['--version'], pattern: /etcd Version: (\S+)/ },
    overrideVariable: 'STORMPROOF_ETCD',
  },
  coredns: {
    name: 'coredns',
    build: coredns,
    version: { args: ['-version'], pattern: /CoreDNS-(\S+)/ },
    overrideVariable: 'STORMPROOF_COREDNS',
  },
  pause: {
    name: 'pause',
    build: pause,
    version: { args: ['--version'], pattern: /^pause (\S+)/ },
    overrideVariable: 'STORMPROOF_PAUSE',
  },
  'netns-forward': {
    name: 'netns-forward',
    build: netnsForward,
    version: { args: ['--version'], pattern: /^netns-forward (\S+)/ },
    overrideVariable: 'STORMPROOF_NETNS_FORWARD',
  },
  pulumi: {
    name: 'pulumi',
    build: pulumi,
    version: { args: ['version'], pattern: /^v(\S+)/m },
    overrideVariable: 'STORMPROOF_PULUMI',
  },
  'pulumi-language-nodejs': {
    name: 'pulumi-language-nodejs',
    build: pulumiNodejs,
    version: { goModule: 'github.com/pulumi/pulumi/sdk/v3' },
    overrideVariable: 'STORMPROOF_PULUMI_LANGUAGE_NODEJS',
  },
};
