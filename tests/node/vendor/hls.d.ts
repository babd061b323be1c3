/** The player of playlists. */
declare const Hls: any;
export default Hls;
