// Multiplies two n x n matrices; a block of threads fetches tiles that all of its threads share.
//   nvcc -O3 -std=c++17 -arch=native matmul_tiled.cu -o matmul_tiled && ./matmul_tiled 4096
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#define CHECK(call)                                                                     \
    if (cudaError_t error = (call); error != cudaSuccess) {                             \
        std::fprintf(stderr, "line %d: %s\n", __LINE__, cudaGetErrorString(error));     \
        std::exit(1);                                                                   \
    }

constexpr int TILE = 32;

__global__ void multiply(const float* a, const float* b, float* c, int n) {
    __shared__ float tile_a[TILE][TILE], tile_b[TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * TILE + y;
    int column = blockIdx.x * TILE + x;
    float sum = 0;
    for (int start = 0; start < n; start += TILE) {
        int k = start + x;
        tile_a[y][x] = row < n && k < n ? a[row * n + k] : 0;
        k = start + y;
        tile_b[y][x] = k < n && column < n ? b[k * n + column] : 0;
        __syncthreads();
        for (int i = 0; i < TILE; ++i) sum += tile_a[y][i] * tile_b[i][x];
        __syncthreads();
    }
    if (row < n && column < n) c[row * n + column] = sum;
}

// Rows times vector in double: the answer is checked with it.
std::vector<double> times(const std::vector<float>& matrix, const std::vector<double>& x) {
    std::vector<double> y(x.size());
    for (size_t row = 0; row < x.size(); ++row)
        for (size_t k = 0; k < x.size(); ++k) y[row] += matrix[row * x.size() + k] * x[k];
    return y;
}

int main(int count, char** words) {
    const int n = count > 1 ? std::atoi(words[1]) : 4096;
    if (n < 1 || n > 32768) {
        std::fprintf(stderr, "n must be between 1 and 32768\n");
        return 2;
    }
    const size_t bytes = size_t(n) * n * sizeof(float);

    std::vector<float> a(size_t(n) * n), b(a.size()), c(a.size());
    std::minstd_rand random(1);
    for (float& value : a) value = random() / float(1 << 30) - 1;
    for (float& value : b) value = random() / float(1 << 30) - 1;

    float *on_gpu_a, *on_gpu_b, *on_gpu_c;
    CHECK(cudaMalloc(&on_gpu_a, bytes));
    CHECK(cudaMalloc(&on_gpu_b, bytes));
    CHECK(cudaMalloc(&on_gpu_c, bytes));
    CHECK(cudaMemcpy(on_gpu_a, a.data(), bytes, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(on_gpu_b, b.data(), bytes, cudaMemcpyHostToDevice));

    const dim3 threads(TILE, TILE);
    const dim3 blocks((n + TILE - 1) / TILE, (n + TILE - 1) / TILE);
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    std::vector<double> seconds;
    for (int run = 0; run < 13; ++run) {
        CHECK(cudaEventRecord(begin));
        multiply<<<blocks, threads>>>(on_gpu_a, on_gpu_b, on_gpu_c, n);
        CHECK(cudaGetLastError());
        CHECK(cudaEventRecord(end));
        CHECK(cudaEventSynchronize(end));
        float milliseconds = 0;
        CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
        if (run >= 2) seconds.push_back(milliseconds / 1e3);
    }
    std::sort(seconds.begin(), seconds.end());

    CHECK(cudaMemcpy(c.data(), on_gpu_c, bytes, cudaMemcpyDeviceToHost));
    std::vector<double> x(n);
    for (double& value : x) value = random() / double(1 << 30) - 1;
    const std::vector<double> expected = times(a, times(b, x)), found = times(c, x);
    double error = 0, largest = 0;
    for (int i = 0; i < n; ++i) {
        error = std::max(error, std::fabs(found[i] - expected[i]));
        largest = std::max(largest, std::fabs(expected[i]));
    }

    cudaDeviceProp gpu;
    CHECK(cudaGetDeviceProperties(&gpu, 0));
    std::printf("{\"name\": \"matmul_tiled\", \"n\": %d, \"median_s\": %.9f, \"min_s\": %.9f, \"max_s\": %.9f, "
                "\"runs\": %zu, \"flops\": %.0f, \"bytes\": %.0f, \"max_error\": %.3e, \"device\": \"%s\"}\n",
                n, seconds[seconds.size() / 2], seconds.front(), seconds.back(), seconds.size(),
                2.0 * n * n * n, 3.0 * bytes, error / largest, gpu.name);
    CHECK(cudaFree(on_gpu_a));
    CHECK(cudaFree(on_gpu_b));
    CHECK(cudaFree(on_gpu_c));
}
