/** The ring of the desk: two notes, made on the spot, so that no file has to be loaded while the phone rings. */

const NOTES_HZ = [659.25, 880];
const NOTE_S = 0.35;
const EVERY_MS = 3000;
const LOUDNESS = 0.12;

/** Rings until the returned function is called. A browser that wants a click first stays silent. */
export function ring(): () => void {
  if (typeof AudioContext === 'undefined') return () => undefined;
  const audio = new AudioContext();
  const once = (): void => {
    NOTES_HZ.forEach((hz, place) => {
      const from = audio.currentTime + place * NOTE_S;
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = hz;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, from + NOTE_S);
      tone.connect(volume).connect(audio.destination);
      tone.start(from);
      tone.stop(from + NOTE_S);
    });
  };
  once();
  const timer = setInterval(once, EVERY_MS);
  return () => {
    clearInterval(timer);
    void audio.close();
  };
}
