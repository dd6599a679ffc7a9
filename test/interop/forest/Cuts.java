import com.amazon.randomcutforest.tree.BoundingBox;
import com.amazon.randomcutforest.tree.Cut;
import com.amazon.randomcutforest.tree.RandomCutTree;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Scanner;

/** The reference library's cuts: reads a factor, a point, a box's lows and its highs a line, and writes the cut's dimension and value. */
public class Cuts {
  public static void main(String[] args) throws Exception {
    RandomCutTree tree = RandomCutTree.builder().dimension(1).build();
    Method cutOf = RandomCutTree.class.getDeclaredMethod("randomCut", double.class, float[].class, BoundingBox.class);
    cutOf.setAccessible(true);
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      double[] numbers = Arrays.stream(lines.nextLine().split(" ")).mapToDouble(Double::parseDouble).toArray();
      int dimensions = (numbers.length - 1) / 3;
      float[][] parts = new float[3][dimensions];
      for (int i = 0; i < 3 * dimensions; i++) parts[i / dimensions][i % dimensions] = (float) numbers[i + 1];
      Cut cut = (Cut) cutOf.invoke(tree, numbers[0], parts[0], new BoundingBox(parts[1], parts[2]));
      System.out.println(cut.getDimension() + " " + cut.getValue());
    }
  }
}
