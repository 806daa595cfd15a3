import { broken, distil } from './distilling.test.helper.js';

/** Puts the student into evaluation mode and leaves it there. */
export const wrongMode = broken('wrong-mode', {
  setup(ctx) {
    distil(ctx);
    const { student } = ctx;
    const forward = student.forward.bind(student);
    student.forward = (images, options) => forward(images, { ...options, training: false });
  },
});
