// QR codes from pictures: a frame of the camera, a picture from a file, the clipboard or a drop. The reader is loaded
// when somebody scans, because it is as large as a screen of ours and most people never do.

/** Longer sides are scaled down: more detail than a code needs only costs time. */
const FRAME_SIDE = 720;
const FILE_SIDE = 2000;
/** For a picture that somebody waits for; a frame of the camera has the next one. */
const FILE_LIMIT_MS = 1500;

type Source = CanvasImageSource & { width?: unknown };
type Read = (source: Source, width: number, height: number, thorough?: boolean) => string | undefined;

/** Loads the reader. The function it resolves with gives a picture's text, or undefined when there is no code in it. */
export async function createReader(): Promise<Read> {
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (source, width, height, thorough = false) => {
    const scale = Math.min(1, (thorough ? FILE_SIDE : FRAME_SIDE) / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    if (!context) return undefined;
    context.fillStyle = '#fff'; // transparent pictures hold dark codes
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    try {
      const options = thorough ? { effort: 3, timeLimit: FILE_LIMIT_MS } : {};
      return decodeQR({ width: canvas.width, height: canvas.height, data }, options).trim();
    } catch {
      return undefined; // no code in it
    }
  };
}

/** The text of the code in a picture file, or undefined: no code, or no picture. */
export async function readFile(file: Blob): Promise<string | undefined> {
  const [read, picture] = await Promise.all([createReader(), createImageBitmap(file).catch(() => undefined)]);
  if (!picture) return undefined;
  try {
    return read(picture, picture.width, picture.height, true);
  } finally {
    picture.close();
  }
}

/** The first picture among what was pasted or dropped. */
export const pictureIn = (data: DataTransfer | null): File | undefined =>
  [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/'));
