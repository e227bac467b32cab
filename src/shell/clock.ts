/** Defines `hundredths`: hundredths of a second of a clock that never jumps; `date +%N` is not in every busybox. */
export const hundredths = 'hundredths() { read -r up idle < /proc/uptime; echo "${up%.*}${up#*.}"; }';
