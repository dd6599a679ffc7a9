/** What `shardmill video --help` prints. */
export const videoHelp = `shardmill video - a file as a video stream of Kinesis Video Streams on this machine

SYNOPSIS
  shardmill video play FILE.mkv --stream NAME [options]

DESCRIPTION
  Serves GetDataEndpoint and GetMedia for a Matroska or WebM file, until Ctrl-C. Any AWS SDK reads it
  when it is given the endpoint, any region and any credentials:

    AWS_ENDPOINT_URL_KINESIS_VIDEO=http://127.0.0.1:4580 node my-consumer.js

  The file is played as if a camera had begun to record it when the command began: a fragment can be
  read once it has been recorded to its end. Fragments are cut at keyframes, have AWS's tags, and
  numbers that are greater the next time. Where the file ends, GetMedia's answers end; what is there can
  still be read. ffmpeg makes such files, with a keyframe every 50 frames for instance:

    ffmpeg -i door.mp4 -g 50 door.mkv

OPTIONS
  --stream NAME         The stream's name.
  --fast                The whole file has been recorded already, and is there at once.
  --loop                After its end the file is played anew, for ever. Times and numbers go on.
  --port NUMBER         Where to listen. 0: any port that is free. Default: 4580.
  --host ADDRESS        The address to listen on. Anything but a loopback address opens the server
                        to others, and it asks nobody for a password. Default: 127.0.0.1.
  --allow-host NAME     A name that clients may reach the server by. Addresses, names without dots
                        and names ending in .localhost, .local or .internal need none. Repeatable.
  --json                Prints one line of JSON when it listens, for programs.
  --help                Prints this.

EXIT STATUS
  0  ended by Ctrl-C or SIGTERM
  1  the file cannot be played, or the port cannot be had
  2  the command line is wrong

EXAMPLES
  shardmill video play door.mkv --stream door
  shardmill video play door.mkv --stream door --fast --port 0 --json
`;
