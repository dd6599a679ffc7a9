import com.amazon.randomcutforest.RandomCutForest;
import com.amazon.randomcutforest.returntypes.DiVector;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;

/**
 * Plays rows through the reference library: reads doubles from its input, a row each, and writes each row's score before it is learned;
 * with attribution also its shares, high and low by dimension. At the end, the nanoseconds that this took.
 */
public class Forest {
  public static void main(String[] args) throws Exception {
    int columns = Integer.parseInt(args[0]);
    int trees = Integer.parseInt(args[1]);
    int sampleSize = Integer.parseInt(args[2]);
    int timeDecay = Integer.parseInt(args[3]);
    int shingleSize = Integer.parseInt(args[4]);
    long seed = Long.parseLong(args[5]);
    int rows = Integer.parseInt(args[6]);
    /** Every how many rows; 0: never. */
    int attribution = Integer.parseInt(args[7]);
    RandomCutForest forest = RandomCutForest.builder()
        .dimensions(columns * shingleSize)
        .numberOfTrees(trees)
        .sampleSize(sampleSize)
        .timeDecay(1.0 / timeDecay)
        .outputAfter(sampleSize)
        .randomSeed(seed)
        .shingleSize(shingleSize)
        .internalShinglingEnabled(shingleSize > 1)
        .parallelExecutionEnabled(false)
        .build();
    byte[] all = new DataInputStream(new BufferedInputStream(System.in)).readNBytes(8 * columns * rows);
    ByteBuffer in = ByteBuffer.wrap(all);
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
    double[] row = new double[columns];
    long begun = System.nanoTime();
    for (int i = 0; i < rows; i++) {
      for (int c = 0; c < columns; c++) row[c] = in.getDouble();
      out.writeDouble(forest.getAnomalyScore(row));
      if (attribution > 0 && i % attribution == 0) {
        DiVector shares = forest.getAnomalyAttribution(row);
        for (double share : shares.high) out.writeDouble(share);
        for (double share : shares.low) out.writeDouble(share);
      }
      forest.update(row);
    }
    out.writeDouble(System.nanoTime() - begun);
    out.flush();
  }
}
