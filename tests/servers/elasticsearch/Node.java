import java.io.Closeable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * One node of Elasticsearch in this process: `Node HOME OWNER setting=value …`.
 *
 * It prints READY once it serves and ends with the process OWNER, however that ends (0: nobody's). Its classes are
 * newer than the compiler that a machine may have, so all of them are reached by reflection.
 */
public final class Node {
    private static final String PACKAGE = "org.elasticsearch.";

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Map<String, String> settings = new HashMap<>();
        for (int place = 2; place < arguments.length; place++) {
            String[] setting = arguments[place].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        settings.put("path.home", home.toString());
        Object node = assembled(home, settings);
        answerAtTheRoot(node);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                called(node, "prepareForClose");
                ((Closeable) node).close();
            } catch (Exception trouble) {
                trouble.printStackTrace();
            }
            closed.countDown();
        }));
        endWith(Long.parseLong(arguments[1]));
        called(node, "start");
        System.out.println("READY");
        closed.await();
    }

    private static Object assembled(Path home, Map<String, String> settings) throws Exception {
        Class<?> logs = type("common.logging.LogConfigurator");
        Class<?> settingsType = type("common.settings.Settings");
        Class<?> environmentType = type("env.Environment");
        Class<?> loaderType = type("plugins.PluginsLoader");
        logs.getMethod("registerErrorListener").invoke(null);
        Supplier<String> name = () -> "node";
        Object environment = type("node.InternalSettingsPreparer")
            .getMethod("prepareEnvironment", settingsType, Map.class, Path.class, Supplier.class)
            .invoke(null, settingsType.getField("EMPTY").get(null), settings, home.resolve("config"), name);
        logs.getMethod("configure", environmentType, boolean.class).invoke(null, environment, true);
        Object modules = loaderType.getMethod("loadModulesBundles", Path.class, boolean.class)
            .invoke(null, home.resolve("modules"), false);
        Object loader = loaderType.getMethod("createPluginsLoader", Set.class, Set.class, Map.class, boolean.class)
            .invoke(null, modules, Set.of(), Map.of(), false);
        return type("node.Node").getConstructor(environmentType, loaderType).newInstance(environment, loader);
    }

    /** The module that answers GET and HEAD / is not published: clients ask there who answers. */
    private static void answerAtTheRoot(Object node) throws Exception {
        Object injector = called(node, "injector");
        Method instance = type("injection.guice.Injector").getMethod("getInstance", Class.class);
        var dispatcher = type("http.AbstractHttpServerTransport").getDeclaredField("dispatcher");
        dispatcher.setAccessible(true);
        Object controller = dispatcher.get(instance.invoke(injector, type("http.HttpServerTransport")));
        Object cluster = instance.invoke(injector, type("cluster.service.ClusterService"));
        Class<?> handlerType = type("rest.RestHandler");
        Class<?> routeType = type("rest.RestHandler$Route");
        Class<?> verbType = type("rest.RestRequest$Method");
        Object handler = Proxy.newProxyInstance(Node.class.getClassLoader(), new Class<?>[] {handlerType},
            (self, method, values) -> switch (method.getName()) {
                case "handleRequest" -> {
                    send(values[1], introduction(cluster));
                    yield null;
                }
                case "equals" -> self == values[0];
                case "hashCode" -> System.identityHashCode(self);
                case "toString" -> "root";
                default -> InvocationHandler.invokeDefault(self, method, values);
            });
        Method register = controller.getClass().getMethod("registerHandler", routeType, handlerType);
        for (String verb : new String[] {"GET", "HEAD"}) {
            Object route = routeType.getConstructor(verbType, String.class)
                .newInstance(verbType.getField(verb).get(null), "/");
            register.invoke(controller, route, handler);
        }
    }

    private static String introduction(Object cluster) throws Exception {
        Object state = called(cluster, "state");
        Object version = called(type("Build").getMethod("current").invoke(null), "version");
        return """
            {"name": "node", "cluster_name": "tests", "cluster_uuid": "%s", "version": {"number": "%s",
             "build_flavor": "default"}, "tagline": "You Know, for Search"}
            """.formatted(called(called(state, "metadata"), "clusterUUID"), version);
    }

    private static void send(Object channel, String text) throws Exception {
        Class<?> statusType = type("rest.RestStatus");
        Class<?> responseType = type("rest.RestResponse");
        Object response = responseType.getConstructor(statusType, String.class, String.class)
            .newInstance(statusType.getField("OK").get(null), "application/json", text);
        type("rest.RestChannel").getMethod("sendResponse", responseType).invoke(channel, response);
    }

    private static void endWith(long owner) {
        if (owner > 0) {
            ProcessHandle.of(owner).ifPresentOrElse(
                handle -> handle.onExit().thenRun(() -> System.exit(0)), () -> System.exit(0));
        }
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }

    private static Object called(Object target, String method) throws Exception {
        Method found = target.getClass().getMethod(method);
        found.setAccessible(true);
        return found.invoke(target);
    }
}
