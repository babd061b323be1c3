/** The chart library: its options are plain data. */
declare const uPlot: any;
export default uPlot;
