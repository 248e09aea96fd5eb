import type { Sweep } from '../../core/sweep.ts';
import { changeProfile, profileResidue } from './profile.ts';

/** The simulated provider's profile: as it is when nobody has changed it. */
export const providerSweep: Sweep = {
  name: "provider's profile",

  async look(target) {
    const { pspAdmin } = await target.addresses();
    if (pspAdmin.length === 0) return { looked: [], wrong: [] };
    return { looked: ["the provider's profile"], wrong: await profileResidue(target) };
  },

  async heal(target) {
    const { pspAdmin } = await target.addresses();
    if (pspAdmin.length > 0) await changeProfile(target, {});
  },
};
