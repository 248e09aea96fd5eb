import { describe, expect, it } from 'vitest';
import { changesIn, complaintIn } from './output.ts';

const failed = `Updating (dev):

 +  kubernetes:apps/v1:StatefulSet nats **creating failed** error: 1 error occurred:
Diagnostics:
  kubernetes:apps/v1:StatefulSet (nats):
    error: 1 error occurred:
    	* of 3 pods, 0 are ready

  pulumi:pulumi:Stack (stormproof-dev):
    error: update failed

Resources:
    + 39 created
    ~ 2 updated
    +-1 replaced
    42 changes. 5 unchanged

Duration: 13s
`;

describe("the engine's summary", () => {
  it('counts what happened', () => {
    expect(changesIn(failed)).toEqual({ created: 39, updated: 2, replaced: 1, unchanged: 5 });
    expect(changesIn('Resources:\n    + 69 to create\n\n')).toEqual({ create: 69 });
    expect(changesIn('Resources:\n    62 unchanged\n')).toEqual({ unchanged: 62 });
    expect(changesIn('Resources:\n    - 3 to delete\n\nDestroying:\nResources:\n    - 2 deleted\n')).toEqual({
      deleted: 2,
    });
    expect(changesIn('nothing of that kind')).toEqual({});
  });
});

describe("the engine's complaint", () => {
  it('is its diagnostics', () => {
    expect(complaintIn(failed)).toBe(`kubernetes:apps/v1:StatefulSet (nats):
    error: 1 error occurred:
    	* of 3 pods, 0 are ready

  pulumi:pulumi:Stack (stormproof-dev):
    error: update failed`);
  });

  it('is not what a preview warned of before', () => {
    const warned =
      'Diagnostics:\n  pulumi:pulumi:Stack (dev):\n    warning: one zone\n\nResources:\n    + 1 to create\n\n';
    expect(complaintIn(warned + failed)).toBe(complaintIn(failed));
  });

  it('is all that it said where there are none', () => {
    expect(complaintIn("error: no stack named 'x' found\n")).toBe("error: no stack named 'x' found");
  });
});
