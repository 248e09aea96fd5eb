import { describe, expect, it } from 'vitest';
import { differenceOf } from './diff.ts';

function objectOf(kind: string, content: object, name = 'x') {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, ...content };
}

describe('what the stand-in does about a change', () => {
  it.each([
    ['nothing changed', 'Deployment', { spec: { replicas: 1 } }, { spec: { replicas: 1 } }, [], []],
    ['an update', 'Deployment', { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ['spec.replicas'], []],
    [
      'another selector, which is immutable',
      'Deployment',
      { spec: { selector: { matchLabels: { app: 'a' } } } },
      { spec: { selector: { matchLabels: { app: 'b' } } } },
      ['spec.selector.matchLabels.app'],
      ['spec.selector.matchLabels.app'],
    ],
    [
      "a Job's image, which no update can change",
      'Job',
      { spec: { template: { spec: { containers: [{ image: 'a' }] } } } },
      { spec: { template: { spec: { containers: [{ image: 'b' }] } } } },
      ['spec.template.spec.containers[0].image'],
      ['spec.template.spec.containers[0].image'],
    ],
    [
      'a claim template that appears',
      'StatefulSet',
      { spec: {} },
      { spec: { volumeClaimTemplates: [{}] } },
      ['spec.volumeClaimTemplates'],
      ['spec.volumeClaimTemplates'],
    ],
    [
      'a specification that appears as a whole',
      'StatefulSet',
      {},
      { spec: { serviceName: 'x' } },
      ['spec'],
      ['spec'],
    ],
    ['the files of a ConfigMap', 'ConfigMap', { data: { a: '1' } }, { data: { a: '2' } }, ['data.a'], []],
    [
      'the files of a ConfigMap that is immutable',
      'ConfigMap',
      { immutable: true, data: { a: '1' } },
      { immutable: true, data: { a: '2' } },
      ['data.a'],
      ['data.a'],
    ],
    [
      'a larger claim',
      'PersistentVolumeClaim',
      { spec: { resources: 1 } },
      { spec: { resources: 2 } },
      ['spec.resources'],
      [],
    ],
    ['a longer list', 'Service', { spec: { ports: [1] } }, { spec: { ports: [1, 2] } }, ['spec.ports'], []],
  ])('%s', (_, kind, old, wanted, changed, replacing) => {
    expect(differenceOf(objectOf(kind, old), objectOf(kind, wanted))).toEqual({ changed, replacing });
  });

  it('makes an object anew that is called something else', () => {
    expect(differenceOf(objectOf('Service', {}), objectOf('Service', {}, 'y')).replacing).toEqual([
      'metadata.name',
    ]);
  });
});
