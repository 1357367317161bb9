import { startElk } from './elk.ts';
import { MapArranger } from './map-layout.ts';

let arranger: MapArranger | null = null;

/** One arranger for the life of the page, so that coming back to the map finds everything where it was. */
export function mapArranger(): MapArranger {
	arranger ??= new MapArranger(startElk());
	return arranger;
}
