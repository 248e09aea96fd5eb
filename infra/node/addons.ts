import { corednsImage } from './images.ts';
import { clusterDomain, network } from './layout.ts';
import { storageClass } from './volumes/volumes.ts';

/** An object of the node's own, and its path in the API. */
export type Addon = { readonly path: string; readonly object: object };

const name = 'coredns';
const namespace = 'kube-system';
const labels = { 'k8s-app': name };
/** Not 53, which only root may listen on. */
const dnsPort = 5353;

/** It has nowhere to forward other names to. */
const corefile = `.:${dnsPort} {
    errors
    health {
        lameduck 0s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 2
    }
    cache 2
}
`;

/** What a cluster is expected to bring along: its name service, and volumes for claims that ask for no class. */
export const addons: readonly Addon[] = [
  {
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
  },
  {
    path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`,
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
  },
  {
    path: `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`,
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  },
  {
    path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { Corefile: corefile },
    },
  },
  {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: corednsPod() },
      },
    },
  },
  {
    path: `/api/v1/namespaces/${namespace}/services/kube-dns`,
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels },
      spec: {
        clusterIP: network.dnsIp,
        selector: labels,
        ports: ['UDP', 'TCP'].map((protocol) => ({
          name: `dns-${protocol.toLowerCase()}`,
          protocol,
          port: 53,
          targetPort: dnsPort,
        })),
      },
    },
  },
  { path: `/apis/storage.k8s.io/v1/storageclasses/${storageClass.metadata.name}`, object: storageClass },
];

function corednsPod(): object {
  return {
    serviceAccountName: name,
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    containers: [
      {
        name,
        image: corednsImage,
        imagePullPolicy: 'Never',
        args: ['-conf', '/config/Corefile'],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        resources: { requests: { cpu: '20m', memory: '30Mi' }, limits: { memory: '170Mi' } },
        securityContext: {
          runAsUser: 65532,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name } }],
  };
}
