import { handOver } from '../../library/hand-over.ts';
import { leaveNote } from '../parts/note.ts';
import { startSignIn } from './sign-in-page.ts';

startSignIn((note) => {
  if (note) leaveNote(note);
  void handOver().then(() => location.assign('/account'));
});
