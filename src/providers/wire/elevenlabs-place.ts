/** Where ElevenLabs works on what it is given, for people. */

/** Its own hosts; of the common one the country is not known. */
const PLACES: Readonly<Record<string, string>> = {
  'api.elevenlabs.io': 'ElevenLabs',
  'api.us.elevenlabs.io': 'ElevenLabs, in the USA',
  'api.eu.residency.elevenlabs.io': 'ElevenLabs, in the European Union',
  'api.in.residency.elevenlabs.io': 'ElevenLabs, in India',
  'api.sg.residency.elevenlabs.io': 'ElevenLabs, in Singapore',
};

/** By the base address: another host stands between, whatever it is. */
export function elevenLabsPlace(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  return PLACES[url?.hostname ?? ''] ?? `ElevenLabs, through ${url?.host || 'an address that is none'}`;
}
